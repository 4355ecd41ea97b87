"""The transactional outbox: a fact is stored with the change it tells of, and told afterwards, in order."""
