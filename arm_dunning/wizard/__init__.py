from . import arm_dunning_preview
from . import arm_dunning_preview_line
from . import arm_dunning_preview_day
from . import arm_dunning_why
from . import arm_dunning_why_line
from . import arm_dunning_test
from . import arm_dunning_print
from . import arm_dunning_load
