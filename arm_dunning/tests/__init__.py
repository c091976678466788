from . import test_performance
from . import test_run
from . import test_task
from . import test_tour
