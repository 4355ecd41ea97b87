"""Answering through Meta's Graph API: public comments, private replies to a comment, and messages.

None of these calls can be repeated safely: Meta has no idempotency key, so what is not known to have failed is unknown.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import DestinationRefused, OutcomeUnknown, Response
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, PlatformBusy, Sent
from ingest.clients.connectors.foreign import mapping_of, text_of
from ingest.clients.connectors.responses import object_in, rate_limited, shortened

API_BASE = "https://graph.facebook.com/v25.0"

_COMMENT_LIKE = frozenset({"comment", "mention", "post", "share"})
_RATE_CODES = frozenset({4, 17, 32, 613})
_OUTSIDE_WINDOW_CODE = 10
_BAD_TOKEN_CODE = 190


async def send(reply: OutgoingReply, *, tokens: Sequence[str], access: Access) -> Sent:
    """Post the reply with the first token that Meta still takes.

    Raises as `Connector.send` promises.
    """
    path, content = _request(reply)
    refusal = CallRefused("no access token", reason=FailureReason.NEEDS_RECONNECT)
    for token in tokens:
        try:
            response = await access.client.request(
                "POST",
                f"{access.base(API_BASE)}{path}",
                headers={"authorization": f"Bearer {token}"},
                json=content,
            )
            return _outcome(reply, response)
        except CallRefused as error:
            # A token that Meta does not know has done nothing, so the next may try.
            if error.reason is not FailureReason.NEEDS_RECONNECT:
                raise
            refusal = error
        except DestinationRefused as error:
            raise CallRefused(f"reply {reply.reply_id}: its api_base may not be called: {error}") from error
    raise refusal


def _request(reply: OutgoingReply) -> tuple[str, Mapping[str, Any]]:
    target = reply.target
    if reply.attachments:
        raise CallRefused(f"reply {reply.reply_id}: attachments cannot be sent to Meta yet, only text")
    if _is_public(reply):
        return f"/{_path_part(target.object_id)}/comments", {"message": reply.text}
    if target.kind in _COMMENT_LIKE:
        recipient = {"comment_id": target.object_id}
    else:
        person = target.counterpart_id or target.conversation_id
        if person is None:
            raise CallRefused(f"reply {reply.reply_id}: nobody is known whom a message could be sent to")
        recipient = {"id": person}
    return "/me/messages", {"recipient": recipient, "messaging_type": "RESPONSE", "message": {"text": reply.text}}


def _is_public(reply: OutgoingReply) -> bool:
    return reply.target.kind in _COMMENT_LIKE and reply.visibility is Visibility.PUBLIC


def _path_part(object_id: str) -> str:
    # An id goes into the address as it is, so it must not be able to lead elsewhere.
    if not object_id.isascii() or not object_id.replace("_", "").isalnum():
        raise CallRefused(f"{shortened(object_id)!r} is no id of a comment or post")
    return object_id


def _outcome(reply: OutgoingReply, response: Response) -> Sent:
    body = object_in(response)
    error = mapping_of(body.get("error"))
    if error:
        raise _failure(reply, response, error)
    if response.is_success:
        return Sent(object_id=text_of(body.get("message_id")) or text_of(body.get("id")))
    said = f"reply {reply.reply_id}: Meta answered {response.status} without saying why"
    if response.status == 429:
        raise rate_limited(response, said)
    if response.status >= 500 or response.status == 408:
        raise OutcomeUnknown(said)
    raise CallRefused(said, reason=FailureReason.NEEDS_RECONNECT if response.status == 401 else FailureReason.REFUSED)


def _failure(reply: OutgoingReply, response: Response, error: Mapping[str, Any]) -> Exception:
    code = error.get("code") if isinstance(error.get("code"), int) else None
    said = f"reply {reply.reply_id}: Meta answered (#{code}) {shortened(error.get('message'))}"
    if code in _RATE_CODES or response.status == 429:
        return rate_limited(response, said)
    if error.get("is_transient") is True:
        return PlatformBusy(said, retry_after_seconds=30)
    if code == _BAD_TOKEN_CODE or response.status == 401:
        return CallRefused(said, reason=FailureReason.NEEDS_RECONNECT)
    if code == _OUTSIDE_WINDOW_CODE and not _is_public(reply):
        return CallRefused(said, reason=FailureReason.WINDOW_CLOSED)
    if response.status >= 500:
        return OutcomeUnknown(said)
    return CallRefused(said)
