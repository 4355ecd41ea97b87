"""What webhooks talks to outside: whoever subscribed."""
