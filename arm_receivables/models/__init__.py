from . import res_company
from . import arm_customer_account
from . import res_partner
