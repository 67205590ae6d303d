"""Commands about what comes from other systems, and goes out again: exports, webhooks."""

from echeance.cli.exchange import export, hooks, import_export
