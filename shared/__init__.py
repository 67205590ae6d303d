"""Foundation of the services: domain, log, database, HTTP, process. Imports no service."""

from shared import compiled
