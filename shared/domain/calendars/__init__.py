"""shared/domain/calendars."""
