"""shared/domain."""
