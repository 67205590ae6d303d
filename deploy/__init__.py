"""Deployment and monitoring: examples, generated files, and their generators."""
