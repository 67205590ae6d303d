"""Prometheus for Échéance: an example configuration, the rules, their tests, and the address of the documentation in the rules."""
