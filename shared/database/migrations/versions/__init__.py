"""One file a revision, ``rNNNN_what_it_does.py``; its docstring is its title, and it never changes
once released.
"""
