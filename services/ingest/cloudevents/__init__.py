"""services/ingest/cloudevents."""
