"""Outgoing webhooks: what happens to a brand, told to the systems that subscribed to it."""
