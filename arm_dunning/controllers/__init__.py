from . import dunning_qr
from . import portal_messages
