"""Scoring's routes."""
