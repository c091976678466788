from . import test_coverage
from . import test_ledger
from . import test_limit
from . import test_policy
