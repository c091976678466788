from . import portal
from . import portal_addresses
from . import portal_invoice
from . import portal_receivables
from . import portal_receivables_entry
from . import portal_receivables_pay
from . import portal_receivables_statement
