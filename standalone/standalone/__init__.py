"""All services in one process, on the embedded bus and SQLite: Huiying for one machine, and the `huiying` command."""
