"""shared/domain/strict_yaml."""
