"""The distributed deployment on real servers beside its peers: ``python -m bench distributed``."""
