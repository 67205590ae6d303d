"""The services. None imports another; only ``echeance`` puts them together."""

import shared  # before any module of theirs: it decides which are taken compiled
