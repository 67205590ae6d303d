"""The services: ingest, clock and compliance, and the command that puts them together."""
