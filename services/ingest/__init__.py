"""ingest: events in over HTTP, parsed strictly, acknowledged once the log has them durably."""
