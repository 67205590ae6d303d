"""A mapping to begin with, from what an export holds."""

from echeance.importer.suggestion.sample import suggest
