"""What goes to one person through Meta: messages, and private answers to a comment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from huiying.errors import Unavailable
from huiying.events.replies import ReplyAttachment, ReplyTarget
from huiying.http.client import OutcomeUnknown
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, Sent
from ingest.clients.connectors.foreign import text_of
from ingest.clients.connectors.meta_graph import Graph
from ingest.clients.connectors.meta_messages import FREELY_UNTIL

# A missing permission too, but hardly where somebody could write to us.
_OUTSIDE_WINDOW = frozenset({10})
_ATTACHABLE = frozenset({"image", "video", "audio"})
# Meta fetches an attachment before it answers.
_ATTACHING_SECONDS = 10.0


async def answer_in_private(reply: OutgoingReply, *, graph: Graph, access: Access) -> Sent:
    """Send one message to whoever wrote the comment that is answered."""
    if reply.attachments:
        raise CallRefused(f"reply {reply.reply_id}: a comment is answered in private by one message, so by text alone")
    recipient = {"comment_id": reply.target.object_id}
    return await _say([{"text": reply.text}], recipient, {}, reply, graph=graph, access=access)


async def send_message(reply: OutgoingReply, *, graph: Graph, access: Access) -> Sent:
    """Write to the person, first the attachments and then the text, which are messages of their own to Meta.

    Raises OutcomeUnknown if only some of it was taken: what was said must not be said again.
    """
    person = reply.target.counterpart_id or reply.target.conversation_id
    if person is None:
        raise CallRefused(f"reply {reply.reply_id}: nobody is known whom a message could be sent to")
    parts = [_attached(attachment) for attachment in reply.attachments]
    if reply.text:
        parts.append({"text": reply.text})
    return await _say(parts, {"id": person}, _manner(reply), reply, graph=graph, access=access)


async def react(target: ReplyTarget, *, is_removed: bool, graph: Graph, access: Access) -> None:
    """Put a heart on somebody's message, or take it away."""
    person = target.counterpart_id or target.conversation_id
    action = {"sender_action": "unreact" if is_removed else "react"}
    payload = {"message_id": target.object_id, **({} if is_removed else {"reaction": "love"})}
    content = {"recipient": {"id": person}, **action, "payload": payload}
    said = f"reacting to {target.object_id}:"
    await graph.call("POST", "/me/messages", access=access, said=said, content=content, window_codes=_OUTSIDE_WINDOW)


async def send_in_turn(
    contents: Sequence[Mapping[str, Any]],
    path: str,
    reply: OutgoingReply,
    *,
    graph: Graph,
    access: Access,
    window_codes: frozenset[int],
) -> dict[str, Any]:
    """The answer to the last of these posts.

    Raises OutcomeUnknown if one fails after another was taken; else as `Connector.send` promises.
    """
    answer: dict[str, Any] = {}
    said = f"reply {reply.reply_id}:"
    patience = _ATTACHING_SECONDS if reply.attachments else None
    for number, content in enumerate(contents):
        try:
            answer = await graph.call(
                "POST",
                path,
                access=access,
                said=said,
                content=content,
                window_codes=window_codes,
                timeout_seconds=patience,
            )
        except (CallRefused, Unavailable) as failure:
            if number == 0:
                raise
            raise OutcomeUnknown(f"{said} {number} of its {len(contents)} messages were taken: {failure}") from failure
    return answer


async def _say(
    parts: Sequence[Mapping[str, Any]],
    recipient: Mapping[str, str],
    manner: Mapping[str, str],
    reply: OutgoingReply,
    *,
    graph: Graph,
    access: Access,
) -> Sent:
    contents = [{"recipient": recipient, "messaging_type": "RESPONSE", **manner, "message": part} for part in parts]
    answer = await send_in_turn(
        contents, "/me/messages", reply, graph=graph, access=access, window_codes=_OUTSIDE_WINDOW
    )
    return Sent(object_id=text_of(answer.get("message_id")) or text_of(answer.get("id")))


def _attached(attachment: ReplyAttachment) -> dict[str, Any]:
    kind = attachment.kind if attachment.kind in _ATTACHABLE else "file"
    return {"attachment": {"type": kind, "payload": {"url": attachment.url, "is_reusable": False}}}


def _manner(reply: OutgoingReply) -> dict[str, str]:
    # After a day only what a human writes is taken, and has to be called so. Whoever writes here is one.
    freely_until = reply.target.handle.get(FREELY_UNTIL)
    if freely_until is None or reply.attempted_at < datetime.fromisoformat(freely_until):
        return {}
    return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
