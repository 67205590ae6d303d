"""shared/process/http_server."""
