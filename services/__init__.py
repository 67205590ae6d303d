"""The services. None imports another; only ``echeance`` puts them together."""
