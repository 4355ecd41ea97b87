"""What `huiying` can be told to do, a module a subject."""
