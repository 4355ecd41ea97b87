"""Webhooks over HTTP: one module per resource."""
