"""What an Official Account says through WeChat's API: customer-service messages, and replies to comments."""

from ingest.clients.connectors.access_tokens import AccessTokens
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, Sent
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import text_of
from ingest.clients.connectors.wechat_calls import Account, Answer, Channel, Codes

API_BASE = "https://api.weixin.qq.com"

_CODES = Codes(rate=frozenset({45009, 45011}), window=frozenset({45015}))


def account_of(access: Access, tokens: AccessTokens) -> Account:
    """The account as WeChat knows it. Raises SecretMissing."""
    channel = Channel(
        client=access.client,
        api_base=access.base(API_BASE),
        app_id=secrets(access.credentials, "app_id")[0],
        app_secrets=secrets(access.credentials, "app_secret"),
        codes=_CODES,
    )
    return Account(channel=channel, tokens=tokens, ask_for_token=_ask_for_token)


async def send(reply: OutgoingReply, *, account: Account) -> Sent:
    """Send the reply as a customer-service message. Raises as `Connector.send` promises."""
    person = reply.target.counterpart_id or reply.target.conversation_id
    if person is None:
        raise CallRefused(f"reply {reply.reply_id}: nobody is known whom a message could be sent to")
    if reply.attachments:
        raise CallRefused(
            f"reply {reply.reply_id}: attachments cannot be sent to WeChat by address; send the text alone"
        )
    body = {"touser": person, "msgtype": "text", "text": {"content": reply.text}}
    answer = await account.ask(
        "/cgi-bin/message/custom/send", said=f"reply {reply.reply_id}: WeChat answered", body=body
    )
    return Sent(object_id=text_of(answer.get("msgid")))


async def _ask_for_token(channel: Channel, secret: str, *, force: bool) -> Answer:
    # This one answers everyone who asks with the same token, so replicas do not push one another out.
    question = {
        "grant_type": "client_credential",
        "appid": channel.app_id,
        "secret": secret,
        "force_refresh": force,
    }
    return await channel.ask(
        "/cgi-bin/stable_token", said=f"WeChat gives {channel.app_id} no access token", body=question, is_read=True
    )
