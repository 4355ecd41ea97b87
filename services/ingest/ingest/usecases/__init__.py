"""What a person, a platform or another service can ask of ingest."""
