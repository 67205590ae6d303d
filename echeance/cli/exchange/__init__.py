"""Commands that take files in, and give them out again."""

from echeance.cli.exchange import export, import_export
