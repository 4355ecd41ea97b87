"""What can be asked of webhooks, and what it does by itself."""
