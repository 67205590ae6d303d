"""echeance/importer."""
