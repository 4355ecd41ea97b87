"""State: one database a service, SQLite on one machine or PostgreSQL, and one transaction a unit of work."""
