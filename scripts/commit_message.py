"""The commit-msg hook: `area: what is now true`, about 60 characters, then a blank line."""

import re
import sys
from pathlib import Path

LONGEST_SUBJECT = 72

# Folders, or parts of them: ingest, shared/bus, tests, docs.
_SUBJECT = re.compile(r"^[a-z][a-z0-9/_-]*: [^ A-Z].*[^.]$")
_MADE_BY_GIT = re.compile(r'^(Merge|Revert|fixup!|squash!) ?"?')


def complaint(message: str) -> str | None:
    """What is wrong with a commit message, in a sentence; None if nothing is."""
    lines = [line for line in message.splitlines() if not line.startswith("#")]
    subject = lines[0] if lines else ""
    if _MADE_BY_GIT.match(subject):
        return None
    if not _SUBJECT.match(subject):
        return "the subject is not of the form 'area: what is now true' (lower case, no full stop)"
    if len(subject) > LONGEST_SUBJECT:
        return f"the subject has {len(subject)} characters; about 60 are meant, {LONGEST_SUBJECT} are allowed"
    if len(lines) > 1 and lines[1].strip():
        return "the subject is not followed by a blank line"
    return None


if __name__ == "__main__":
    found = complaint(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if found:
        sys.exit(f"commit message: {found}")
