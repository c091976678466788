from . import arm_insurance_story
from . import arm_insurance_story_day
