"""echeance/system."""
