"""shared/log."""
