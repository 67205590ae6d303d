"""Who may do what, and who did it: `echeance token`, `access` and `audit`."""

from echeance.cli.security import access, audit, tokens
