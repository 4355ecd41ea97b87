"""What a page or account at Meta remembers of what was said there, so that its lists can be asked for it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_MOST_GROUPS = 2_000
_MOST_ITEMS = 2_000
_DEFAULT_COUNT = 25
_LIMIT = re.compile(r"\.limit\((\d+)\)\{")


@dataclass(slots=True, kw_only=True)
class Item:
    """A comment or message: its fields are those that a list shows, besides its id."""

    id: str
    group_id: str
    at: datetime
    fields: dict[str, Any]
    author_id: str = ""

    def shown(self, time_name: str) -> dict[str, Any]:
        """The item as a list shows it."""
        return {"id": self.id, time_name: time_text(self.at), **self.fields}


@dataclass(slots=True, kw_only=True)
class Group:
    """A post with its comments, or a conversation with its messages."""

    id: str
    at: datetime
    title: str = ""
    items: dict[str, Item] = field(default_factory=dict)
    reactions: int = 0
    shares: int = 0

    def newest(self) -> list[Item]:
        """What is in it, the newest first."""
        return sorted(self.items.values(), key=lambda item: item.at, reverse=True)


class Memory:
    """The newest posts or conversations, each with its newest items."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        self._group_of: dict[str, str] = {}

    def group(self, group_id: str, *, at: datetime, title: str = "") -> Group:
        """The group of that id, made if it is new."""
        found = self.groups.get(group_id)
        if found is None:
            if len(self.groups) >= _MOST_GROUPS:
                self._forget(next(iter(self.groups)))
            found = self.groups[group_id] = Group(id=group_id, at=at, title=title)
        return found

    def put(self, group: Group, item: Item) -> None:
        """Remember an item, in place of an earlier one of that id."""
        if len(group.items) >= _MOST_ITEMS:
            self._group_of.pop(next(iter(group.items)), None)
            group.items.pop(next(iter(group.items)))
        group.items[item.id] = item
        self._group_of[item.id] = group.id

    def find(self, item_id: str) -> Item | None:
        """The item of that id, if it is remembered."""
        group = self.groups.get(self._group_of.get(item_id, ""))
        return group.items.get(item_id) if group else None

    def drop(self, item_id: str) -> None:
        """Forget an item."""
        group = self.groups.get(self._group_of.pop(item_id, ""))
        if group is not None:
            group.items.pop(item_id, None)

    def newest(self) -> list[Group]:
        """All groups, the newest first."""
        return sorted(self.groups.values(), key=lambda group: group.at, reverse=True)

    def _forget(self, group_id: str) -> None:
        for item_id in self.groups.pop(group_id).items:
            self._group_of.pop(item_id, None)


def page_of(entries: Sequence[Mapping[str, Any]], *, limit: int | None = None, after: str | None = None) -> Any:
    """One page of these, with the cursor that leads on."""
    start = int(after) if after and after.isdigit() else 0
    end = start + (limit or _DEFAULT_COUNT)
    page: dict[str, Any] = {"data": list(entries[start:end])}
    if page["data"]:
        page["paging"] = {"cursors": {"before": str(start), "after": str(end)}}
    if end < len(entries):
        page["paging"]["next"] = f"https://graph.example/next?after={end}"
    return page


def inner_limit(fields: str) -> int:
    """How many members of the inner list a question for nested fields wants."""
    found = _LIMIT.search(fields)
    return int(found[1]) if found else _DEFAULT_COUNT


def time_text(moment: datetime) -> str:
    """A moment as the Graph API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")
