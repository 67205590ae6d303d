"""Foundation of the services: domain, log, database, HTTP, process. Imports no service."""

from typing import Final

from shared import compiled

CORE_FORM: Final = compiled.install()
"""What the core runs as in this process."""
