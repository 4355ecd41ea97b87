"""Alarms: what is counted and watched, how grave it is, and what explains it."""
