"""echeance/rebuild."""
