"""The ``echeance`` command, and everything that puts services together."""
