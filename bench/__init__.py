"""Benchmarks of both deployments, and hand-made mutants of the law: ``python -m bench``."""
