"""The bus: a transport moves bytes, durably and in order, and never sees an event."""
