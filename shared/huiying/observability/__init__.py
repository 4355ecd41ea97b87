"""Seeing what runs: logs, metrics, health. Traces have their place here once they come."""
