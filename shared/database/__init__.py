"""shared/database."""
