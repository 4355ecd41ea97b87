"""The states of a notification."""

QUEUED = "queued"
DELIVERED = "delivered"
FAILED = "failed"

STATUSES = (QUEUED, DELIVERED, FAILED)
