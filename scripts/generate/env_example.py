"""Writes .env.example from the settings classes, so that it cannot tell of a setting that is not there."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts.generated import write_or_check
from scripts.settings_fields import SERVICES, Setting, own_settings, shared_settings

TARGET = Path(__file__).resolve().parent.parent.parent / ".env.example"

HEADER = """\
# Every setting, with its default. Made by `make contracts`; do not edit.
#
# Read once, at start, from the environment or from files of these names in /run/secrets. Durations are ISO 8601: PT8S
# is eight seconds. Secrets have no default here; `make up` writes a .env with fresh ones.
"""

COMPOSE = """
# ── Only docker compose ──

# The gateway's port on 127.0.0.1.
#HUIYING_PORT=8080

# The tag of the images.
#HUIYING_VERSION=dev

# Of the database role that the services use.
#POSTGRES_PASSWORD=

# The identity of the broker's log, 22 characters; a new one means a new log.
#KAFKA_CLUSTER_ID=
"""


def entry(setting: Setting) -> str:
    """One setting: what it is, what it may be, its default."""
    choices = f" One of: {', '.join(setting.choices)}." if setting.choices else ""
    return f"# {setting.description}{choices}\n#{setting.variable}={setting.shown_default}\n"


def section(title: str, settings: Iterable[Setting]) -> Iterator[str]:
    """A heading and its settings; nothing where there are none."""
    entries = [entry(setting) for setting in settings]
    if entries:
        yield f"\n# ── {title} ──\n\n" + "\n".join(entries)


def text() -> str:
    """The whole file."""
    parts = [HEADER, *section("Every service", shared_settings())]
    for service in SERVICES:
        parts.extend(section(service, own_settings(service)))
    return "".join([*parts, COMPOSE])


if __name__ == "__main__":
    write_or_check({TARGET: text()})
