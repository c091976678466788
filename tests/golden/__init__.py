"""Golden cases: worked examples in JSON, and what runs them without a database."""

import sys

from .addons import make_tools_importable

# In a test session other modules may need the real Odoo: do not hide it from them.
make_tools_importable(installed_odoo="pytest" in sys.modules)
