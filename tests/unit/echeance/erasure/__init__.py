"""Where bytes name a file."""
