"""Writes docs/platforms.md: what each platform tells and takes, from the connectors and what the samples become."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ingest.clients.connectors import abilities
from ingest.clients.connectors.connector import Limit, LimitScope
from ingest.clients.connectors.table import CONNECTORS
from scripts.generated import ROOT, write_or_check

TARGET = ROOT / "docs/platforms.md"
SAMPLES = ROOT / "tests/samples"

HEADER = """\
<!-- Made by `make contracts` from the connectors and the samples; do not edit. -->

# Platforms

What comes and how it may be answered is read from the samples of what hooks deliver (`tests/samples`), the rest from
the connectors; what is polled comes besides. What a platform does not offer to everybody is not here. What an account
needs: [credentials](guides/add-a-platform.md#credentials).

"""
KINDS = ("comment", "message", "mention", "reaction", "share", "follow", "command", "post")
CAPABILITIES = {
    "public_reply": "in public",
    "private_reply": "in private to a comment",
    "direct_message": "by message",
}
MODERATION = ("hide", "delete", "like")


def text() -> str:
    """The whole page."""
    return "".join([HEADER, *_conversations(), "\n", *_abilities()])


def _conversations() -> Iterator[str]:
    yield "## What comes, and how it is answered\n\n| platform | tells of | answered | moderated | at most |\n"
    yield "|---|---|---|---|---|\n"
    for name, connector in sorted(CONNECTORS.items()):
        told = _told(name)
        offered = {one for each in told for one in each.get("reply", {}).get("capabilities", ())}
        kinds = [kind for kind in KINDS if any(one["kind"] == kind for one in told)]
        answers = [words for code, words in CAPABILITIES.items() if code in offered]
        moderated = [code for code in MODERATION if code in offered]
        cells = (f"`{name}`", _list(kinds), _list(answers), _list(moderated), _limits(connector.limits))
        yield f"| {' | '.join(cells)} |\n"


def _abilities() -> Iterator[str]:
    yield "## What is asked of it besides\n\n"
    yield "A list that is polled is the only source of what is in it; one that is checked shows what got lost.\n\n"
    titles = ("platform", "polled", "checked for gaps", "figures", "moderates", "token renewed", "hook set by API")
    yield f"| {' | '.join(titles)} | sent twice is once |\n"
    yield "|---|---|---|---|---|---|---|---|\n"
    for name, connector in sorted(CONNECTORS.items()):
        feeds = connector.feeds if isinstance(connector, abilities.Lists) else ()
        cells = (
            f"`{name}`",
            _list([feed.name for feed in feeds if not feed.is_pushed]),
            _list([feed.name for feed in feeds if feed.is_pushed]),
            _yes(isinstance(connector, abilities.Measures)),
            _yes(isinstance(connector, abilities.Moderates)),
            _yes(isinstance(connector, abilities.Renews)),
            _yes(isinstance(connector, abilities.Subscribes)),
            _yes(connector.sends_are_idempotent),
        )
        yield f"| {' | '.join(cells)} |\n"


def _told(name: str) -> list[dict[str, Any]]:
    """What this platform's samples become."""
    files = sorted((SAMPLES / name).glob("*.interactions.json"))
    return [one for file in files for one in json.loads(file.read_text(encoding="utf-8"))]


def _limits(limits: Sequence[Limit]) -> str:
    return _list([_limit(limit) for limit in limits])


def _limit(limit: Limit) -> str:
    seconds = limit.per.total_seconds()
    where = " in a conversation" if limit.scope is LimitScope.CONVERSATION else ""
    return f"{limit.count} in {seconds:g} s{where}"


def _list(words: Sequence[str]) -> str:
    return ", ".join(words) or "–"


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "–"


if __name__ == "__main__":
    write_or_check({TARGET: text()})
