"""The routes of reporting."""
