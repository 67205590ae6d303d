"""The ``echeance`` command: one command, one module."""

from echeance.cli.__main__ import main
