"""Grafana dashboards as code, in both languages; ``python -m deploy.grafana`` writes them as JSON."""
