"""The manifests for Kubernetes, by kustomize; ``python -m deploy.k8s`` writes what in them is a copy of something else."""
