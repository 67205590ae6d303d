"""Kustomize manifests for Kubernetes; ``python -m deploy.k8s`` writes their generated parts."""
