"""shared/http."""
