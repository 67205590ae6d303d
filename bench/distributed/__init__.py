"""The distributed deployment measured on real servers, beside its peers: ``python -m bench distributed``."""
