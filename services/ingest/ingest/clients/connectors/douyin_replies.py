"""Answering on Douyin: messages within a conversation, comments under a comment, and taking a message back."""

from huiying.events.moderation import ModerationKind
from huiying.events.replies import Visibility
from ingest.clients.connectors import douyin_api
from ingest.clients.connectors.abilities import Moderation
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, Sent
from ingest.clients.connectors.foreign import text_of

_MESSAGE_PATH = "/im/send/msg/"
_COMMENT_PATH = "/item/comment/reply/"
_RECALL_PATH = "/im/recall/msg/"
_TEXT_MESSAGE = 1
_SCENE = "im_reply_msg"
_DIRECT = "1"


async def send(reply: OutgoingReply, *, access: Access) -> Sent:
    """Say it, once. Raises as `Connector.send` promises."""
    if reply.attachments:
        raise CallRefused(f"reply {reply.reply_id}: attachments by address cannot be sent to Douyin, only text")
    if reply.target.kind != "comment":
        return await _send_message(reply, access=access)
    if reply.visibility is Visibility.PRIVATE:
        raise CallRefused(f"reply {reply.reply_id}: Douyin has no private answer to a comment")
    return await _send_comment(reply, access=access)


async def recall(moderation: Moderation, *, access: Access) -> None:
    """Take back a message that the brand sent. Raises as `Moderates.moderate` promises."""
    target = moderation.target
    place = target.handle.get("conversation_id")
    if moderation.kind is not ModerationKind.DELETE or place is None:
        raise CallRefused(f"Douyin can only take back a message of our own, not {moderation.kind} {target.object_id}")
    body = {
        "conversation_id": place,
        "conversation_type": int(target.handle.get("conversation_type", _DIRECT) == "2") + 1,
        "msg_id": target.object_id,
    }
    await douyin_api.ask_as_owner(_RECALL_PATH, access=access, said="Douyin takes no message back", body=body)


async def _send_message(reply: OutgoingReply, *, access: Access) -> Sent:
    target = reply.target
    person = target.counterpart_id or target.conversation_id
    if person is None:
        raise CallRefused(f"reply {reply.reply_id}: nobody is known whom a message could be sent to")
    place = target.handle.get("conversation_id")
    body = {
        # Whoever answers shows what is answered: without it the message would be unasked for, which few may send.
        "msg_id": target.object_id,
        "to_user_id": person,
        "scene": target.handle.get("scene", _SCENE),
        "content": {"msg_type": _TEXT_MESSAGE, "text": {"text": reply.text}},
        **({"conversation_id": place} if place else {}),
    }
    said = f"reply {reply.reply_id}: Douyin answered"
    answer = await douyin_api.ask_as_owner(_MESSAGE_PATH, access=access, said=said, body=body)
    return Sent(object_id=text_of(answer.get("msg_id")) or text_of(douyin_api.data_of(answer).get("msg_id")))


async def _send_comment(reply: OutgoingReply, *, access: Access) -> Sent:
    target = reply.target
    if target.post_id is None:
        raise CallRefused(f"reply {reply.reply_id}: the video of comment {target.object_id} is not known")
    body = {"item_id": target.post_id, "comment_id": target.object_id, "content": reply.text}
    said = f"reply {reply.reply_id}: Douyin answered"
    answer = await douyin_api.ask_as_owner(_COMMENT_PATH, access=access, said=said, body=body)
    return Sent(object_id=text_of(douyin_api.data_of(answer).get("comment_id")))
