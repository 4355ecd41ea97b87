"""One module for each kind of generated file: it writes the files, or with `--check` says which are stale."""
