"""The inbox over HTTP: one module per resource."""
