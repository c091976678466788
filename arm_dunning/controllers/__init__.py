from . import dunning_qr
