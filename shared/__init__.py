"""The ground every service stands on; knows no service."""
