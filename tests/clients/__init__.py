"""Clients of other makers, in their languages, against a system that runs: the programs of ``docs/clients.md``."""
