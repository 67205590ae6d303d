"""Échéance on a real Kubernetes, whichever ``KUBECONFIG`` names: ``make test-kubernetes``. Not part of ``make test``."""
