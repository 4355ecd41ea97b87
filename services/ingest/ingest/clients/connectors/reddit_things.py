"""What Reddit lists, read from its things: comments (t1), messages (t4) and posts (t3). Nothing is ever pushed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from huiying.events.interactions import (
    AccountRef,
    Action,
    Actor,
    Capability,
    Direction,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.foreign import from_seconds, list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin, direction_of

PLATFORM = "reddit"
SITE = "https://www.reddit.com"

_COMMENT, _POST, _MESSAGE = "t1", "t3", "t4"
_GONE = frozenset({"[deleted]", "[removed]"})
_NEEDS_A_PERSON = frozenset({Capability.PRIVATE_REPLY, Capability.DIRECT_MESSAGE})
_COMMENT_ANSWERS = (Capability.PUBLIC_REPLY, Capability.PRIVATE_REPLY, Capability.LIKE)
_ANSWERS: Mapping[Kind, tuple[Capability, ...]] = MappingProxyType(
    {
        Kind.COMMENT: _COMMENT_ANSWERS,
        Kind.MENTION: _COMMENT_ANSWERS,
        Kind.MESSAGE: (Capability.DIRECT_MESSAGE,),
    }
)


def read_answer(answer: object, origin: Origin) -> list[Interaction]:
    """Everything in a listing, or in one thing. Raises Unreadable for what is neither."""
    thing = mapping_of(answer)
    if thing.get("kind") == "Listing":
        children = list_of(mapping_of(thing.get("data")).get("children"))
        return [interaction for child in children for interaction in read_thing(child, origin)]
    if isinstance(thing.get("kind"), str) and isinstance(thing.get("data"), dict):
        return list(read_thing(thing, origin))
    raise Unreadable("Reddit answers with things: {kind, data}", pointer="/kind")


def read_thing(thing: object, origin: Origin) -> Iterator[Interaction]:
    """That somebody wrote this, and, if they changed it since, that they did; of kind `unknown` if it is neither."""
    kind, data = text_of(mapping_of(thing).get("kind")), mapping_of(mapping_of(thing).get("data"))
    name, at = text_of(data.get("name")), moment(data.get("created_utc"))
    known = _kind_of(kind, data) if name is not None else None
    if name is None or known is None:
        yield origin.unknown(thing, platform=PLATFORM, raw_kind=kind or "thing", actor=_author(data, origin), event=at)
        return
    raw_kind = text_of(data.get("type")) or kind or ""
    if text_of(data.get("author")) in {None, "[deleted]"} and text_of(data.get("body")) in _GONE:
        action, key = Action.DELETED, f"{name}:deleted"
    else:
        action, key = Action.CREATED, name
    yield _interaction(data, known, action, origin=origin, name=name, key=key, at=at, raw_kind=raw_kind)
    edited = moment(data.get("edited"))
    if edited is not None and action is Action.CREATED:
        key = f"{name}:edited:{int(edited.timestamp())}"
        yield _interaction(data, known, Action.UPDATED, origin=origin, name=name, key=key, at=edited, raw_kind=raw_kind)


def is_own(name: str | None, account: AccountRef) -> bool:
    """Whether that is the brand's own user; Reddit does not mind capitals."""
    return name is not None and name.lower() == account.external_id.lower()


def _kind_of(kind: str | None, data: Mapping[str, Any]) -> Kind | None:
    if kind == _MESSAGE:
        return Kind.MESSAGE
    if kind == _POST:
        return Kind.POST
    if kind != _COMMENT:
        return None
    is_mention = data.get("type") == "username_mention" or data.get("subject") == "username mention"
    return Kind.MENTION if is_mention else Kind.COMMENT


def _interaction(
    data: Mapping[str, Any],
    kind: Kind,
    action: Action,
    *,
    origin: Origin,
    name: str,
    key: str,
    at: datetime | None,
    raw_kind: str,
) -> Interaction:
    actor = _author(data, origin)
    direction = Direction.INBOUND if actor is None else direction_of(actor)
    occurred_at, source = origin.when(at)
    can_answer = direction is Direction.INBOUND and action is not Action.DELETED
    title = text_of(data.get("title")) if kind is Kind.POST else None
    text = None if action is Action.DELETED else text_of(data.get("body")) or text_of(data.get("selftext")) or title
    return Interaction(
        id=origin.identify(PLATFORM, key),
        platform=PLATFORM,
        kind=kind,
        action=action,
        direction=direction,
        account=origin.account,
        actor=actor,
        object=Object(id=name, text=text),
        target=_target(data, kind, name=name, direction=direction),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=_answers(data, kind, actor) if can_answer else ReplyOptions(),
        verified=origin.verified,
        raw_kind=raw_kind,
        extensions=_extensions(data),
    )


def _author(data: Mapping[str, Any], origin: Origin) -> Actor | None:
    name = text_of(data.get("author"))
    if name == "[deleted]":
        return None
    if name is not None:
        # A name on Reddit is for ever, and the only thing that both ends of a message are told by.
        return Actor(id=name, name=name, username=name, url=f"{SITE}/user/{name}", is_self=is_own(name, origin.account))
    subreddit = text_of(data.get("subreddit"))
    if subreddit is None or data.get("was_comment") is True or "dest" not in data:
        return None
    # A message by a subreddit's moderators has no other author.
    return Actor(id=f"r/{subreddit}", name=f"r/{subreddit}", url=f"{SITE}/r/{subreddit}")


def _target(data: Mapping[str, Any], kind: Kind, *, name: str, direction: Direction) -> Target | None:
    if kind is Kind.MESSAGE:
        author = text_of(data.get("author"))
        if author is None and (subreddit := text_of(data.get("subreddit"))) is not None:
            author = f"r/{subreddit}"
        person = text_of(data.get("dest")) if direction is Direction.OUTBOUND else author
        return Target(conversation_id=_person(person), parent_id=text_of(data.get("parent_id")))
    if kind is Kind.POST:
        return Target(post_id=name, post_url=_address(data), post_title=text_of(data.get("title")))
    parent_id, path = text_of(data.get("parent_id")), _path_of(data).split("/")
    post_id = text_of(data.get("link_id")) or (f"{_POST}_{path[4]}" if _names_post(path) else None)
    if post_id is None and parent_id is not None and parent_id.startswith(f"{_POST}_"):
        post_id = parent_id
    return Target(
        post_id=post_id,
        parent_id=parent_id if parent_id != post_id else None,
        post_url=f"{SITE}{'/'.join(path[:6])}/" if _names_post(path) else None,
        post_title=text_of(data.get("link_title")),
    )


def _person(name: str | None) -> str | None:
    # Messages to a subreddit are addressed with a hash.
    return f"r/{name[1:]}" if name and name.startswith("#") else name


def _path_of(data: Mapping[str, Any]) -> str:
    """Where a thing is to be seen: `/r/{subreddit}/comments/{post}/{title}/{comment}/`."""
    return text_of(data.get("context")) or text_of(data.get("permalink")) or ""


def _names_post(path: Sequence[str]) -> bool:
    return len(path) > 5 and path[3] == "comments" and bool(path[4])


def _address(data: Mapping[str, Any]) -> str | None:
    path = _path_of(data)
    return f"{SITE}{path}" if path.startswith("/") else None


def _answers(data: Mapping[str, Any], kind: Kind, actor: Actor | None) -> ReplyOptions:
    capabilities = _ANSWERS.get(kind, ())
    if actor is None:
        # Whoever is gone can be answered where they wrote, and nowhere else.
        capabilities = tuple(one for one in capabilities if one not in _NEEDS_A_PERSON)
    if kind is not Kind.MESSAGE and data.get("can_mod_post") is True:
        capabilities = (*capabilities, Capability.HIDE, Capability.DELETE)
    title = text_of(data.get("link_title"))
    return ReplyOptions(capabilities=capabilities, handle={"subject": title} if title else {})


def _extensions(data: Mapping[str, Any]) -> dict[str, Any]:
    names = ("subreddit", "subject", "author_fullname", "first_message_name", "distinguished")
    found = {name: text_of(data.get(name)) for name in names} | {"url": _address(data)}
    return {name: text for name, text in found.items() if text is not None}


def moment(value: object) -> datetime | None:
    """The instant of a number of seconds, which Reddit writes as 1790000000.0; `edited` is false where nothing was."""
    return from_seconds(int(value) if isinstance(value, float) else value)
