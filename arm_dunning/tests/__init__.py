from . import test_guards
from . import test_planner
from . import test_performance
from . import test_run
from . import test_task
from . import test_tour
from . import test_access_rights
from . import test_responsible
