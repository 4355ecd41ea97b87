"""Weeks of a brand's life as counts, every crisis in them known: what detectors are measured on."""
