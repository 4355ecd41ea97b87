"""What YouTube's hub pushes: an Atom feed of the videos that a channel published, changed or took down."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from huiying.events.interactions import Action, Actor, Direction, Interaction, Kind, Object, Target
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.foreign import BOM, from_rfc3339
from ingest.clients.connectors.origin import Origin

PLATFORM = "youtube"

_ATOM = "{http://www.w3.org/2005/Atom}"
_YOUTUBE = "{http://www.youtube.com/xml/schemas/2015}"
_TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}"
_VIDEO = "yt:video:"


def read_feed(body: bytes, origin: Origin) -> Sequence[Interaction]:
    """Everything that a pushed feed tells. Raises Unreadable for what is no Atom feed."""
    feed = parse_feed(body)
    return [
        interaction
        for element in feed
        if element.tag in {f"{_ATOM}entry", f"{_TOMBSTONE}deleted-entry"}
        for interaction in _read(element, origin)
    ]


def parse_feed(body: bytes) -> Element:
    """The root of an Atom feed. Raises Unreadable, also for XML that defines anything of its own."""
    try:
        root: Element = fromstring(body.removeprefix(BOM), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(f"not XML: {error!r}") from error
    if root.tag != f"{_ATOM}feed":
        raise Unreadable("a push is an Atom feed")
    return root


def post(
    video_id: str,
    *,
    action: Action,
    native_key: str,
    origin: Origin,
    channel_id: str | None,
    channel_name: str | None = None,
    title: str | None = None,
    url: str | None = None,
    at: datetime | None,
    raw_kind: str,
    extensions: dict[str, Any] | None = None,
) -> Interaction:
    """Something that befell a video of the channel: a push and a list tell of it in the same words."""
    origin = origin.belonging_to(channel_id)
    author = channel_id or origin.account.external_id
    actor = Actor(id=author, name=channel_name, is_self=author == origin.account.external_id) if author else None
    occurred_at, source = origin.when(at)
    return Interaction(
        id=origin.identify(PLATFORM, native_key),
        platform=PLATFORM,
        kind=Kind.POST,
        action=action,
        # Another channel's video is pushed only where several share a hook; it is none of our own words.
        direction=Direction.OUTBOUND if actor and actor.is_self else Direction.INBOUND,
        account=origin.account,
        actor=actor,
        object=Object(id=video_id, text=title),
        target=Target(post_id=video_id, post_url=url or video_url(video_id), post_title=title),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        verified=origin.verified,
        raw_kind=raw_kind,
        extensions=extensions or {},
    )


def video_url(video_id: str) -> str:
    """Where a video is watched."""
    return f"https://www.youtube.com/watch?v={video_id}"


def _read(element: Element, origin: Origin) -> Iterator[Interaction]:
    is_gone = element.tag == f"{_TOMBSTONE}deleted-entry"
    reference = element.get("ref", "") if is_gone else _text(element, f"{_ATOM}id") or ""
    video_id = _text(element, f"{_YOUTUBE}videoId") or reference.removeprefix(_VIDEO)
    if not video_id or (is_gone and not reference.startswith(_VIDEO)):
        yield origin.unknown(_flat(element), platform=PLATFORM, raw_kind=element.tag.rpartition("}")[2])
    elif is_gone:
        yield _deletion(element, video_id, origin)
    else:
        yield from _publication(element, video_id, origin)


def _publication(entry: Element, video_id: str, origin: Origin) -> Iterator[Interaction]:
    link = entry.find(f"{_ATOM}link")
    published, updated = (from_rfc3339(_text(entry, f"{_ATOM}{name}")) for name in ("published", "updated"))
    about: dict[str, Any] = {
        "origin": origin,
        "channel_id": _text(entry, f"{_YOUTUBE}channelId"),
        "channel_name": _text(entry, f"{_ATOM}author/{_ATOM}name"),
        "title": _text(entry, f"{_ATOM}title"),
        "url": None if link is None else link.get("href"),
        "raw_kind": "entry",
    }
    # The feed never says which of the two it is, so it is told as new, which is once, and as changed if it was.
    yield post(video_id, action=Action.CREATED, native_key=f"post:{video_id}", at=published or updated, **about)
    if published is not None and updated is not None and updated > published:
        key = f"post:{video_id}:updated:{_text(entry, f'{_ATOM}updated')}"
        yield post(video_id, action=Action.UPDATED, native_key=key, at=updated, **about)


def _deletion(element: Element, video_id: str, origin: Origin) -> Interaction:
    by = element.find(f"{_TOMBSTONE}by")
    address = (_text(by, f"{_TOMBSTONE}uri") or _text(by, f"{_ATOM}uri") or "") if by is not None else ""
    name = (_text(by, f"{_TOMBSTONE}name") or _text(by, f"{_ATOM}name")) if by is not None else None
    return post(
        video_id,
        action=Action.DELETED,
        native_key=f"post:{video_id}:deleted",
        origin=origin,
        channel_id=address.rpartition("/channel/")[2] or None,
        channel_name=name,
        at=from_rfc3339(element.get("when")),
        raw_kind="deleted-entry",
    )


def _text(element: Element, path: str) -> str | None:
    found = element.findtext(path)
    return (found.strip() or None) if found else None


def _flat(element: Element) -> list[object]:
    """Everything in an element, for its name if it has none."""
    return [[part.tag, sorted(part.attrib.items()), (part.text or "").strip()] for part in element.iter()]
