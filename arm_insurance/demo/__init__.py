from . import arm_demo
