"""Members: the people who work with Huiying."""

from datetime import datetime
from typing import ClassVar

from huiying.events.envelope import Event


class MemberChanged(Event, frozen=True, kw_only=True):
    """A member was added, renamed, disabled, or has other roles now; the whole present state."""

    type: ClassVar[str] = "member.changed"

    member_id: str
    name: str
    is_active: bool
    is_administrator: bool
    roles: dict[str, str]
    changed_at: datetime

    @property
    def key(self) -> str:
        return self.member_id
