"""The Helm chart; ``python -m deploy.helm`` writes its templates from the kustomize base and components."""
