"""echeance/cli."""
