"""What a WeCom app says and fetches through its API: app messages, and both ways of customer service (微信客服)."""

from ingest.clients.connectors.access_tokens import AccessTokens
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, Sent
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import digest_of_bytes, list_of, mapping_of, text_of
from ingest.clients.connectors.wechat_calls import Account, Answer, Channel, Codes
from ingest.clients.connectors.wecom_messages import AGENT, SERVICE_ACCOUNT

API_BASE = "https://qyapi.weixin.qq.com"

# How many messages, and how many customer-service accounts, one call gives.
_PAGE, _ACCOUNTS_PAGE = 1000, 100
# 95001, 95002: five answers were given, or 48 hours are over. 95013, 95018: the conversation is not open to an API.
_CODES = Codes(
    rate=frozenset({45009, 45011, 45033}),
    token=frozenset({40014, 42001}),
    window=frozenset({95001, 95002, 95013, 95018}),
    reconnect=frozenset({40001, 40013, 60020}),
)


def account_of(access: Access, tokens: AccessTokens) -> Account:
    """The app as WeCom knows it. Raises SecretMissing."""
    channel = Channel(
        client=access.client,
        api_base=access.base(API_BASE),
        app_id=secrets(access.credentials, "corp_id")[0],
        app_secrets=secrets(access.credentials, "secret"),
        codes=_CODES,
    )
    return Account(channel=channel, tokens=tokens, ask_for_token=_ask_for_token)


async def send(reply: OutgoingReply, *, account: Account, agent_ids: tuple[str, ...]) -> Sent:
    """Send the reply to a customer or, as a message of the app, to a member. Raises as `Connector.send` promises."""
    person = reply.target.counterpart_id or reply.target.conversation_id
    if person is None:
        raise CallRefused(f"reply {reply.reply_id}: nobody is known whom a message could be sent to")
    if reply.attachments:
        raise CallRefused(f"reply {reply.reply_id}: WeCom takes attachments only by upload; send the text alone")
    service_account = reply.target.handle.get(SERVICE_ACCOUNT)
    if service_account is not None:
        return await _send_to_customer(reply, person, service_account, account)
    agent_id = reply.target.handle.get(AGENT) or next(iter(agent_ids), "")
    if not agent_id.isdecimal():
        raise CallRefused(
            f"reply {reply.reply_id}: it is not known by which app to answer; add agent_id to the account"
        )
    return await _send_to_member(reply, person, int(agent_id), account)


async def fetch_messages(
    service_account: str, *, cursor: str | None, ticket: str | None, account: Account
) -> tuple[list[object], str | None, bool]:
    """What came after the cursor (three days back at most), the next cursor, and whether there is more."""
    question: dict[str, object] = {"open_kfid": service_account, "limit": _PAGE}
    question |= {"cursor": cursor} if cursor else {}
    # Without a ticket the platform is much stricter about how often one may ask.
    question |= {"token": ticket} if ticket else {}
    answer = await account.ask(
        "/cgi-bin/kf/sync_msg", said=f"messages of {service_account}", body=question, is_read=True
    )
    return list_of(answer.get("msg_list")), text_of(answer.get("next_cursor")) or cursor, answer.get("has_more") == 1


async def list_service_accounts(account: Account) -> list[str]:
    """The customer-service accounts that this app may speak for, the first hundred of them."""
    question = {"offset": 0, "limit": _ACCOUNTS_PAGE}
    answer = await account.ask(
        "/cgi-bin/kf/account/list", said="customer-service accounts", body=question, is_read=True
    )
    found = (text_of(mapping_of(one).get("open_kfid")) for one in list_of(answer.get("account_list")))
    return [one for one in found if one]


async def _send_to_customer(reply: OutgoingReply, person: str, service_account: str, account: Account) -> Sent:
    body = {
        "touser": person,
        "open_kfid": service_account,
        # The platform gives it back in `msg_send_fail`, which is how a failure finds the reply.
        "msgid": digest_of_bytes(reply.reply_id.encode()),
        "msgtype": "text",
        "text": {"content": reply.text},
    }
    answer = await account.ask("/cgi-bin/kf/send_msg", said=f"reply {reply.reply_id}: WeCom answered", body=body)
    return Sent(object_id=text_of(answer.get("msgid")))


async def _send_to_member(reply: OutgoingReply, person: str, agent_id: int, account: Account) -> Sent:
    body = {"touser": person, "agentid": agent_id, "msgtype": "text", "text": {"content": reply.text}}
    answer = await account.ask("/cgi-bin/message/send", said=f"reply {reply.reply_id}: WeCom answered", body=body)
    unreached = text_of(answer.get("invaliduser")) or text_of(answer.get("unlicenseduser"))
    if unreached:
        raise CallRefused(f"reply {reply.reply_id}: WeCom does not deliver to {unreached}")
    return Sent(object_id=text_of(answer.get("msgid")))


async def _ask_for_token(channel: Channel, secret: str, *, force: bool) -> Answer:
    # WeCom gives everyone the same token until it runs out, and knows no force.
    params = {"corpid": channel.app_id, "corpsecret": secret}
    said = f"WeCom gives {channel.app_id} no access token"
    return await channel.ask("/cgi-bin/gettoken", said=said, method="GET", params=params, is_read=True)
