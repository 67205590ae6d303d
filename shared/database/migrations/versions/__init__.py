"""One file a revision: its docstring is its title, and it never changes once released."""
