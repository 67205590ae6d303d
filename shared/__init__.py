"""The language every service speaks; knows no service."""
