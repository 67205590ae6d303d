"""Files that are forgotten: no store names them, and every figure is what it was."""
