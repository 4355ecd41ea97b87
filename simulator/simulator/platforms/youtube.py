"""A YouTube channel: its hub pushes videos, comments are for who asks, and every call costs units."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import httpx
from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, BRAND_NAME, MIA, Person, Post
from simulator.platforms.platform import Platform, Retries, Surroundings
from simulator.platforms.youtube_api import GoogleRefusal, YouTubeAPI
from simulator.platforms.youtube_videos import Comment, Video, Videos, thread_of

_ATOM = "application/atom+xml"
_LEASE = timedelta(days=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class GoogleApp:
    """A project, the channel that lets it speak, and what its owner chose for the hub."""

    channel_id: str = "UCtanghuluTea0123456789A"
    hub_secret: str = "simulatedHubSecret"  # noqa: S105 - made up
    client_id: str = "simulated.apps.googleusercontent.example"
    client_secret: str = "GOCSPX-simulated"  # noqa: S105 - made up
    refresh_token: str = "1//simulated-refresh"  # noqa: S105 - made up


class YouTubeChannel(Platform):
    """A channel and its comments. Only what befalls videos is pushed."""

    platform = "youtube"
    habits = MappingProxyType({Kind.COMMENT: 90, Kind.EDIT: 7, Kind.REMOVAL: 3})
    unpushed = frozenset({Kind.COMMENT, Kind.EDIT, Kind.REMOVAL})
    chinese_share = 0.15
    # How often a hub repeats is its own affair.
    retries = Retries(pauses_seconds=(60, 600, 3600), timeout_seconds=10)

    def __init__(
        self,
        app: GoogleApp | None = None,
        *,
        name: str | None = None,
        method: str = "sha1",
        surroundings: Surroundings | None = None,
    ) -> None:
        self.app, self.method = app or GoogleApp(), method
        super().__init__(external_id=self.app.channel_id, name=name, surroundings=surroundings)
        self.videos = Videos()
        self.api = YouTubeAPI(
            self.videos,
            channel_id=self.app.channel_id,
            subscribers=12_345,
            world=self.world,
            ledger=self.ledger,
            take=lambda reply_id, target, text: self.take(reply_id, target=target, text=text, is_public=True),
        )
        self.is_revoked = False
        self._renewals = 0
        # The addresses that the hub was given, and when it forgets them.
        self.leases: dict[str, datetime] = {}

    def credentials(self) -> dict[str, str]:
        names = ("hub_secret", "client_id", "client_secret", "refresh_token")
        return {"access_token": self.api.access_token, **{name: getattr(self.app, name) for name in names}}

    def handshake(self) -> None:
        # The hub asks only where it was told to push, and then at once: see `_subscribe`.
        return None

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        mac = hmac.new(self.app.hub_secret.encode(), delivery.content, getattr(hashlib, self.method)).hexdigest()
        headers = {"content-type": _ATOM, "x-hub-signature": f"{self.method}={mac}"}
        return Request(headers=headers, body=delivery.content)

    def is_taken(self, status: int, body: bytes) -> bool:
        return 200 <= status < 300

    def video(self, title: str, *, number: int | None = None, at: datetime | None = None) -> Delivery:
        """The channel publishes a video, or changes the title of the one of that number."""
        now = at or self.world.now()
        video_id = self.video_id(number or self.world.number())
        video = self.videos.publish(Video(id=video_id, title=title, published_at=now, changed_at=now))
        if video.title != title:
            video.title, video.changed_at = title, now
        return self._push(_entry(video, channel_id=self.external_id), video.id)

    def video_deleted(self, number: int, *, at: datetime | None = None) -> Delivery:
        """The channel takes a video down."""
        video_id, when = self.video_id(number), (at or self.world.now()).isoformat(timespec="seconds")
        self.videos.videos.pop(video_id, None)
        by = f"<at:by><name>{BRAND_NAME}</name><uri>https://www.youtube.com/channel/{self.external_id}</uri></at:by>"
        return self._push(
            f'<at:deleted-entry ref="yt:video:{video_id}" when="{when}">{by}</at:deleted-entry>', video_id
        )

    def comment(
        self,
        text: str,
        *,
        author: Person | None = MIA,
        post: Post = AUTUMN_POST,
        parent_id: str | None = None,
        at: datetime | None = None,
        number: int | None = None,
    ) -> str:
        """Somebody comments, or replies in the thread of `parent_id`; nobody is told. Its id."""
        moment, own = at or self.world.now(), number or self.world.number()
        self.videos.publish(
            Video(id=self.video_id(post.number), title=post.title, published_at=moment, changed_at=moment)
        )
        thread = None if parent_id is None else thread_of(parent_id)
        comment = Comment(
            id=self.comment_id(own) if thread is None else f"{thread}.{own}",
            video_id=self.video_id(post.number),
            text=text,
            author=author,
            at=moment,
            changed_at=moment,
            parent_id=thread,
        )
        self.videos.add(comment)
        return comment.id

    def comment_edited(self, comment_id: str, text: str, *, at: datetime | None = None) -> None:
        """Its author changes a comment."""
        comment = self.videos.find(comment_id)
        if comment is not None:
            comment.text, comment.changed_at = text, at or self.world.now()

    def tell(self, happening: Happening) -> Delivery | None:
        number, parent = happening.number, happening.parent_number
        if happening.kind is Kind.COMMENT:
            parent_id = None if parent is None else self._id_of(parent)
            self.comment(
                happening.text,
                author=happening.person,
                post=happening.post,
                parent_id=parent_id,
                at=happening.at,
                number=number,
            )
        elif happening.kind is Kind.EDIT:
            self.comment_edited(self._id_of(number), happening.text, at=happening.at)
        elif happening.kind is Kind.REMOVAL:
            self.videos.remove(self._id_of(number))
        return None

    def video_id(self, number: int) -> str:
        """A video's id."""
        return f"v{number}"

    def comment_id(self, number: int) -> str:
        """The id of a comment that is no reply."""
        return f"Ugy{number}"

    def expire(self) -> None:
        """End the access token; the refresh token earns another."""
        self.api.access_token = f"ya29.simulated-unknown-{self.world.number()}"

    def routes(self) -> Sequence[Route]:
        return [
            *self.api.routes(),
            Route("/token", self._token, methods=["POST"]),
            Route("/subscribe", self._subscribe, methods=["POST"]),
            Route("/subscription-details", self._details, methods=["GET"]),
        ]

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        answer = GoogleRefusal(429, "rateLimitExceeded", "Quota exceeded for requests per minute.").answer()
        answer.headers["retry-after"] = str(retry_after_seconds)
        return answer

    def says_broken(self) -> Response:
        return GoogleRefusal(500, "backendError", "Backend Error").answer()

    async def _token(self, call: Call) -> Response:
        form = await _form_of(call)
        app = {name: getattr(self.app, name) for name in ("client_id", "client_secret", "refresh_token")}
        if self.is_revoked or {name: form.get(name) for name in app} != app:
            said = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
            return JSONResponse(said, status_code=400)
        self._renewals += 1
        self.api.access_token = f"ya29.simulated-{self._renewals}"
        return JSONResponse({"access_token": self.api.access_token, "expires_in": 3599, "token_type": "Bearer"})

    async def _subscribe(self, call: Call) -> Response:
        form = await _form_of(call)
        topic, callback = form.get("hub.topic", ""), form.get("hub.callback", "")
        if not topic.endswith(f"channel_id={self.external_id}") or not callback.startswith("http"):
            return Response("Invalid value for hub.topic or hub.callback", status_code=400)
        challenge = str(self.world.number())
        question = {
            "hub.mode": form.get("hub.mode", ""),
            "hub.topic": topic,
            "hub.challenge": challenge,
            "hub.lease_seconds": form.get("hub.lease_seconds", ""),
        }
        async with httpx.AsyncClient(trust_env=False, timeout=self.retries.timeout_seconds) as client:
            # httpx would drop the query that an address already has.
            answer = await client.get(httpx.URL(callback).copy_merge_params(question))
        if not answer.is_success or answer.text != challenge:
            return Response("Error while verifying the subscription", status_code=409)
        self.leases[callback] = self.world.now() + _LEASE
        self.hook = callback
        return Response(status_code=204)

    async def _details(self, call: Call) -> Response:
        expires_at = self.leases.get(call.query_params.get("hub.callback", ""))
        lines = {"State": "unverified"}
        if expires_at is not None:
            is_over = expires_at < self.world.now()
            lines = {"State": "expired" if is_over else "verified", "Expiration time": format_datetime(expires_at)}
        listed = "".join(f"<dt>{name}</dt>\n<dd>{value}</dd>\n" for name, value in lines.items())
        return Response(f"<html><body><h1>Subscription details</h1><dl>{listed}</dl></body></html>")

    def _id_of(self, number: int) -> str:
        # A number alone does not say whose reply it became.
        if self.comment_id(number) in self.videos.threads:
            return self.comment_id(number)
        ids = (reply.id for thread in self.videos.threads.values() for reply in thread.replies)
        return next((one for one in ids if one.endswith(f".{number}")), self.comment_id(number))

    def _push(self, part: str, video_id: str) -> Delivery:
        names: Mapping[str, Any] = {
            "xmlns": "http://www.w3.org/2005/Atom",
            "xmlns:yt": "http://www.youtube.com/xml/schemas/2015",
            "xmlns:at": "http://purl.org/atompub/tombstones/1.0",
        }
        spaces = " ".join(f'{name}="{value}"' for name, value in names.items())
        content = (
            f"<?xml version='1.0' encoding='UTF-8'?>\n<feed {spaces}><title>YouTube video feed</title>{part}</feed>"
        )
        return Delivery(
            sender=self.name,
            id=f"hub-{self.world.number()}",
            content=content.encode(),
            content_type=_ATOM,
            object_ids=(video_id,),
        )


def _entry(video: Video, *, channel_id: str) -> str:
    published, changed = (moment.isoformat() for moment in (video.published_at, video.changed_at))
    return (
        f"<entry><id>yt:video:{video.id}</id><yt:videoId>{video.id}</yt:videoId><yt:channelId>{channel_id}</yt:channelId>"
        f"<title>{escape(video.title)}</title>"
        f'<link rel="alternate" href="https://www.youtube.com/watch?v={video.id}"/>'
        f"<author><name>{BRAND_NAME}</name><uri>https://www.youtube.com/channel/{channel_id}</uri></author>"
        f"<published>{published}</published><updated>{changed}</updated></entry>"
    )


async def _form_of(call: Call) -> Mapping[str, str]:
    return dict(parse_qsl((await call.body()).decode("utf-8", "replace")))
