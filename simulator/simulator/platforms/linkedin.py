"""An organisation's page on LinkedIn: what people do there."""

from datetime import datetime
from types import MappingProxyType
from typing import Any

from simulator.delivery import Delivery
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, MIA, Person, Post
from simulator.platforms.linkedin_platform import LinkedInPlatform

_FIRST_POST = 7_000_000_000_000_000_000


class LinkedInPage(LinkedInPlatform):
    """A brand's page."""

    platform = "linkedin"
    habits = MappingProxyType(
        {Kind.COMMENT: 55, Kind.REACTION: 25, Kind.SHARE: 6, Kind.MENTION: 6, Kind.EDIT: 5, Kind.REMOVAL: 3}
    )
    chinese_share = 0.1

    def comment(
        self,
        text: str,
        *,
        author: Person = MIA,
        post: Post = AUTUMN_POST,
        parent: int | None = None,
        at: datetime | None = None,
        number: int | None = None,
    ) -> Delivery:
        """Somebody comments on a post, or answers the comment of that number."""
        return self._comment(
            "COMMENT", number or self.world.number(), text, author=author, post=post, parent=parent, at=at
        )

    def comment_edited(
        self, number: int, text: str, *, author: Person = MIA, post: Post = AUTUMN_POST, at: datetime | None = None
    ) -> Delivery:
        """The author changes a comment."""
        return self._comment("COMMENT_EDIT", number, text, author=author, post=post, parent=None, at=at)

    def comment_removed(self, number: int, *, post: Post = AUTUMN_POST, at: datetime | None = None) -> Delivery:
        """The author takes a comment back."""
        place = self.activity(post)
        self.comments.forget(f"urn:li:comment:({place},{number})")
        made = f"urn:li:comment:({place.removeprefix('urn:li:')},{number})"
        return self.notify("COMMENT_DELETE", made, at or self.world.now(), sourcePost=place)

    def like(self, *, author: Person = MIA, post: Post = AUTUMN_POST, at: datetime | None = None) -> Delivery:
        """Somebody likes a post."""
        place = self.activity(post)
        made = f"urn:li:like:({person_urn(author)},{place})"
        return self.notify("LIKE", made, at or self.world.now(), **self._source(post))

    def share(
        self,
        text: str,
        *,
        author: Person = MIA,
        post: Post = AUTUMN_POST,
        at: datetime | None = None,
        number: int | None = None,
    ) -> Delivery:
        """Somebody passes a post on with words of their own."""
        return self._shared("SHARE", text, author=author, at=at, number=number, **self._source(post))

    def mention(
        self, text: str, *, author: Person = MIA, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """Somebody names the page in a post of their own."""
        return self._shared("SHARE_MENTION", text, author=author, at=at, number=number)

    def tell(self, happening: Happening) -> Delivery | None:
        person, post, at, number = happening.person, happening.post, happening.at, happening.number
        match happening.kind:
            case Kind.COMMENT:
                parent = happening.parent_number
                return self.comment(happening.text, author=person, post=post, parent=parent, at=at, number=number)
            case Kind.EDIT:
                return self.comment_edited(number, happening.text, author=person, post=post, at=at)
            case Kind.REMOVAL:
                return self.comment_removed(number, post=post, at=at)
            case Kind.SHARE:
                return self.share(happening.text, author=person, post=post, at=at, number=number)
            case Kind.MENTION:
                return self.mention(happening.text, author=person, at=at, number=number)
        return self.like(author=person, post=post, at=at) if happening.kind is Kind.REACTION else None

    def activity(self, post: Post) -> str:
        """The URN under which a post is commented, from now on on the list of posts under the other one it has."""
        number = _FIRST_POST + post.number
        share = f"urn:li:share:{number - 1}"
        if share not in self.posts:
            made_at = int(self.world.now().timestamp() * 1000) - 86_400_000
            listed = {"id": share, "author": self.app.organization, "commentary": post.title, "publishedAt": made_at}
            self.posts.keep(share, listed)
        return f"urn:li:activity:{number}"

    def _comment(
        self,
        action: str,
        number: int,
        text: str,
        *,
        author: Person,
        post: Post,
        parent: int | None,
        at: datetime | None,
    ) -> Delivery:
        place = self.activity(post)
        above = f"urn:li:comment:({place},{parent})" if parent is not None else None
        made, shown = self.comment_made(number, text, post=place, owner=person_urn(author), parent=above)
        decorated = {"comment": shown}
        return self.notify(
            action, made, at or self.world.now(), decoratedGeneratedActivity=decorated, **self._source(post)
        )

    def _shared(
        self, action: str, text: str, *, author: Person, at: datetime | None, number: int | None, **more: Any
    ) -> Delivery:
        share = f"urn:li:share:{_FIRST_POST + (number or self.world.number())}"
        self.posts.keep(share, {"id": share, "author": person_urn(author), "commentary": text, "publishedAt": 0})
        decorated = {"share": {"owner": person_urn(author), "text": text, "entity": share}}
        return self.notify(action, share, at or self.world.now(), decoratedGeneratedActivity=decorated, **more)

    def _source(self, post: Post) -> dict[str, Any]:
        place = self.activity(post)
        share = f"urn:li:share:{_FIRST_POST + post.number - 1}"
        shown = {"owner": self.app.organization, "text": post.title, "entity": share, "mediaCategory": "NONE"}
        return {"sourcePost": place, "decoratedSourcePost": shown}


def person_urn(person: Person) -> str:
    """A person's URN."""
    return f"urn:li:person:Person{person.number}"
