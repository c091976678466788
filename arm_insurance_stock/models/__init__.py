from . import arm_insurance_gate
from . import arm_insurance_override
from . import arm_insurance_policy
from . import arm_insurance_watch
from . import stock_move
from . import stock_picking
