"""Replies to a generic source: a signed `reply.requested` to the address that the account gives.

The reply's id is the `webhook-id`, by which the other side can tell a repetition; so whatever went wrong in between
may be tried again.
"""

import msgspec

from huiying.events.replies import FailureReason
from huiying.http.client import DestinationRefused, OutcomeUnknown, Response
from huiying.http.standard_webhooks import sign
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, PlatformBusy, Sent
from ingest.clients.connectors.foreign import text_of
from ingest.clients.connectors.responses import object_in, rate_limited
from ingest.clients.connectors.standard_webhooks import usable_secrets


async def send(reply: OutgoingReply, *, access: Access) -> Sent:
    """Post the reply to `{api_base}/replies`.

    Raises as `Connector.send` promises; without an address or a secret to sign with there is nowhere to say it.
    """
    account, keys = access.account, usable_secrets(access.credentials.get("secret", ()))
    if access.api_base is None:
        raise CallRefused(f"account {account.id} has no api_base, so there is nowhere to send replies")
    if not keys:
        raise CallRefused(f"account {account.id} has no secret to sign replies with")
    body, seconds = _body(reply), int(reply.attempted_at.timestamp())
    headers = sign(body, message_id=reply.reply_id, timestamp_seconds=seconds, keys=keys)
    headers["content-type"] = "application/json"
    try:
        response = await access.client.request("POST", f"{access.base('')}/replies", headers=headers, content=body)
    except OutcomeUnknown as error:
        raise PlatformBusy(f"reply {reply.reply_id}: no answer, and sending it twice does no harm") from error
    except DestinationRefused as error:
        raise CallRefused(f"account {account.id}: its api_base may not be called: {error}") from error
    return _outcome(reply, response)


def _body(reply: OutgoingReply) -> bytes:
    target = reply.target
    data: dict[str, object] = {
        "id": reply.reply_id,
        "text": reply.text,
        "visibility": reply.visibility,
        "in_reply_to": target.object_id,
        "conversation_id": target.conversation_id,
        "post_id": target.post_id,
    }
    if reply.attachments:
        data["attachments"] = reply.attachments
    return msgspec.json.encode({"type": "reply.requested", "timestamp": reply.requested_at, "data": data})


def _outcome(reply: OutgoingReply, response: Response) -> Sent:
    if response.is_success:
        return Sent(object_id=text_of(object_in(response).get("id")))
    said = f"reply {reply.reply_id}: the source answered {response.status}"
    if response.status == 429:
        raise rate_limited(response, said)
    if response.status >= 500 or response.status == 408:
        raise PlatformBusy(said, retry_after_seconds=30)
    needs_reconnect = response.status in {401, 403, 410}
    raise CallRefused(said, reason=FailureReason.NEEDS_RECONNECT if needs_reconnect else FailureReason.REFUSED)
