"""What webhooks remembers."""
