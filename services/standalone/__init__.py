"""All three services in one process, and the command."""
