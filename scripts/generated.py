"""What every generator ends with: write the files, or with `--check` name those that are stale."""

import argparse
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def write_or_check(files: Mapping[Path, str]) -> None:
    """Write `files` (path to text); with `--check` on the command line, write nothing and exit 1 if any differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is stale")
    if not parser.parse_args().check:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return
    stale = [path for path, text in files.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if stale:
        raise SystemExit("\n".join(f"{path.relative_to(ROOT)} is stale: run make contracts" for path in stale))
