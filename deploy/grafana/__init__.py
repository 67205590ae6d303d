"""The dashboards for Grafana as code: what they show, in both languages; ``python -m deploy.grafana`` writes them as JSON."""
