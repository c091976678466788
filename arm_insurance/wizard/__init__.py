from . import arm_insurance_file
from . import arm_insurance_import
from . import arm_insurance_import_line
from . import arm_insurance_receipt
from . import arm_insurance_receipt_line
from . import arm_insurance_simulator
from . import arm_insurance_story
from . import arm_insurance_story_day
