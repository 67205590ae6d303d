"""The first steps of the guides, typed as they are printed."""
