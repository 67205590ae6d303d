"""echeance/demo."""
