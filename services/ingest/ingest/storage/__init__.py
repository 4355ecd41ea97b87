"""What ingest remembers."""
