"""The HTTP edge: problems, pages, preconditions, retries, streams, the server, and the one client that calls out."""
