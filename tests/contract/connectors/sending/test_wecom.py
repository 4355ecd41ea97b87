"""What goes to WeCom's API, what is fetched from it, and what its answers come to mean."""

import json
from datetime import timedelta

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import AccountRef, Interaction
from huiying.events.replies import FailureReason
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.access_tokens import AccessTokens
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy, RateLimited, Sent
from ingest.clients.connectors.wecom import WeComConnector
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rigging.wecom import AGENT_ID, CORP_ID
from tests.contract.connectors.sending.speaking import NOW, PICTURE, TEXT, a_reply, a_target, access_to

TOKEN = Answer(json={"errcode": 0, "errmsg": "ok", "access_token": "token-1", "expires_in": 7200})
DONE = Answer(json={"errcode": 0, "errmsg": "ok", "msgid": "m-1"})
CUSTOMER = a_target(conversation="wm-1", counterpart="wm-1", handle={"open_kfid": "wk-1"})
MEMBER = a_target(conversation="LiLei", counterpart="LiLei", handle={"agent_id": "1000009"})
MESSAGE = {
    "msgid": "kf-1",
    "open_kfid": "wk-1",
    "external_userid": "wm-1",
    "send_time": 1790000000,
    "origin": 3,
    "msgtype": "text",
    "text": {"content": "少了一杯"},
}
SINCE = NOW - timedelta(days=1)


@pytest.fixture
def wecom() -> WeComConnector:
    return WeComConnector(AccessTokens())


def access(platform: FakePlatform, client: HTTPClient, **more: str) -> Access:
    credentials = {name: (value,) for name, value in {"corp_id": CORP_ID, "secret": "app-secret", **more}.items()}
    return access_to(platform.address, by=client, credentials=credentials, external_id=CORP_ID)


def a_page(*messages: object, cursor: str = "cursor-2", has_more: int = 0) -> Answer:
    return Answer(json={"errcode": 0, "next_cursor": cursor, "has_more": has_more, "msg_list": messages})


def a_notice(wecom: WeComConnector, *, ticket: str = "ENC-1", account: str = "wk-1") -> Interaction:
    body = {
        "ToUserName": CORP_ID,
        "CreateTime": 1790000000,
        "MsgType": "event",
        "Event": "kf_msg_or_event",
        "Token": ticket,
        "OpenKfId": account,
    }
    ours = AccountRef(id="account-1", external_id=CORP_ID, brand="tea-house")
    (interaction,) = wecom.normalise_body(json.dumps(body).encode(), content_type="", account=ours, received_at=NOW)
    return interaction


async def test_a_customer_is_answered_by_the_service_account_that_was_written_to(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(TOKEN, DONE)

    sent = await wecom.send(a_reply(CUSTOMER), access=access(platform, client))

    fetched, call = platform.calls
    assert sent == Sent(object_id="m-1")
    assert (fetched.method, fetched.path) == ("GET", "/cgi-bin/gettoken")
    assert fetched.query == {"corpid": CORP_ID, "corpsecret": "app-secret"}
    assert (call.path, call.query) == ("/cgi-bin/kf/send_msg", {"access_token": "token-1"})
    said = call.json
    assert len(said.pop("msgid")) == 32
    assert said == {"touser": "wm-1", "open_kfid": "wk-1", "msgtype": "text", "text": {"content": TEXT}}
    assert TEXT.encode() in call.body


async def test_one_reply_keeps_its_msgid_however_often_it_is_tried(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(TOKEN, DONE)

    for reply in (a_reply(CUSTOMER), a_reply(CUSTOMER), a_reply(CUSTOMER, reply_id="reply-2")):
        await wecom.send(reply, access=access(platform, client))

    first, again, other = (call.json["msgid"] for call in platform.calls[1:])
    assert first == again != other


@pytest.mark.parametrize(("handle", "agent"), [({"agent_id": "1000009"}, 1000009), ({}, int(AGENT_ID))])
async def test_a_member_is_answered_by_the_app_that_was_written_to_or_else_the_accounts(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient, handle: dict[str, str], agent: int
) -> None:
    platform.will_answer(TOKEN, DONE)
    target = a_target(counterpart="LiLei", handle=handle)

    await wecom.send(a_reply(target), access=access(platform, client, agent_id=AGENT_ID))

    _, call = platform.calls
    assert call.path == "/cgi-bin/message/send"
    assert call.json == {"touser": "LiLei", "agentid": agent, "msgtype": "text", "text": {"content": TEXT}}


async def test_without_an_app_nobody_can_be_answered_by_it(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient
) -> None:
    with pytest.raises(CallRefused, match="agent_id"):
        await wecom.send(a_reply(a_target(counterpart="LiLei")), access=access(platform, client))

    assert not platform.calls


async def test_a_member_whom_wecom_skips_was_not_answered(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(TOKEN, Answer(json={"errcode": 0, "invaliduser": "lilei", "msgid": "m-1"}))

    with pytest.raises(CallRefused, match="lilei"):
        await wecom.send(a_reply(MEMBER), access=access(platform, client))


async def test_attachments_are_refused_and_not_dropped(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient
) -> None:
    with pytest.raises(CallRefused, match="attachments"):
        await wecom.send(a_reply(CUSTOMER, attachments=(PICTURE,)), access=access(platform, client))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (95001, FailureReason.WINDOW_CLOSED),
        (95002, FailureReason.WINDOW_CLOSED),
        (95018, FailureReason.WINDOW_CLOSED),
        (60020, FailureReason.NEEDS_RECONNECT),
        (48002, FailureReason.REFUSED),
        (99999, FailureReason.REFUSED),
    ],
)
async def test_wecoms_refusals_hide_in_a_success(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient, code: int, reason: FailureReason
) -> None:
    platform.will_answer(TOKEN, Answer(json={"errcode": code, "errmsg": "no"}))

    with pytest.raises(CallRefused, match=str(code)) as refusal:
        await wecom.send(a_reply(CUSTOMER), access=access(platform, client))

    assert refusal.value.reason is reason


async def test_a_token_that_has_run_out_is_renewed_once(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient
) -> None:
    renewed = Answer(json={"errcode": 0, "access_token": "token-2", "expires_in": 7200})
    platform.will_answer(TOKEN, Answer(json={"errcode": 42001}), renewed, DONE)

    await wecom.send(a_reply(CUSTOMER), access=access(platform, client))

    assert [call.query.get("access_token") for call in platform.calls] == [None, "token-1", None, "token-2"]


async def test_a_secret_that_earns_no_token_needs_a_reconnection(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(Answer(json={"errcode": 40001, "errmsg": "invalid credential"}))

    with pytest.raises(CallRefused) as refusal:
        await wecom.send(a_reply(CUSTOMER), access=access(platform, client))

    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT
    assert "app-secret" not in str(refusal.value)


@pytest.mark.parametrize("code", [45009, 45033])
async def test_over_wecoms_limits_one_waits(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient, code: int
) -> None:
    platform.will_answer(TOKEN, Answer(json={"errcode": code}))

    with pytest.raises(RateLimited):
        await wecom.send(a_reply(CUSTOMER), access=access(platform, client))


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=0), Answer(json={"msgid": "m-1"})])
async def test_after_a_lost_answer_nobody_knows_whether_wecom_sent(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient, answer: Answer
) -> None:
    platform.will_answer(TOKEN, answer)

    with pytest.raises(OutcomeUnknown):
        await wecom.send(a_reply(CUSTOMER), access=access(platform, client))


def test_a_notice_says_whose_messages_wait(wecom: WeComConnector) -> None:
    notices = [a_notice(wecom), a_notice(wecom, ticket="ENC-2"), a_notice(wecom, account="wk-2")]

    woken = wecom.woken(notices)

    assert list(woken) == ["kf:wk-1", "kf:wk-2"]
    assert len({notice.id for notice in notices}) == 3


async def test_messages_are_fetched_with_the_ticket_of_their_notice(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(TOKEN, a_page(MESSAGE, has_more=1))
    wecom.woken([a_notice(wecom)])

    listed = await wecom.list_feed("kf:wk-1", since=SINCE, cursor="cursor-1", access=access(platform, client), now=NOW)

    _, call = platform.calls
    assert call.path == "/cgi-bin/kf/sync_msg"
    assert call.json == {"open_kfid": "wk-1", "limit": 1000, "cursor": "cursor-1", "token": "ENC-1"}
    (interaction,) = listed.interactions
    assert (listed.cursor, listed.has_more) == ("cursor-2", True)
    assert (interaction.object.text, interaction.verified) == ("少了一杯", Proof.POLLED)


async def test_without_a_notice_one_asks_without_a_ticket_and_from_the_beginning(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(TOKEN, a_page(cursor=""))

    listed = await wecom.list_feed("kf:wk-1", since=SINCE, cursor=None, access=access(platform, client), now=NOW)

    assert platform.calls[1].json == {"open_kfid": "wk-1", "limit": 1000}
    assert (listed.cursor, listed.has_more) == (None, False)


async def test_all_service_accounts_are_read_side_by_side_each_from_its_own_cursor(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient
) -> None:
    accounts = Answer(json={"errcode": 0, "account_list": [{"open_kfid": "wk-1"}, {"open_kfid": "wk-2"}]})
    other = {**MESSAGE, "msgid": "kf-2", "open_kfid": "wk-2"}
    platform.will_answer(TOKEN, accounts, a_page(MESSAGE, cursor="a2"), a_page(other, cursor="b1", has_more=1))

    listed = await wecom.list_feed("kf", since=SINCE, cursor='{"wk-1":"a1"}', access=access(platform, client), now=NOW)

    asked = [call.json for call in platform.calls[2:]]
    assert [(one["open_kfid"], one.get("cursor")) for one in asked] == [("wk-1", "a1"), ("wk-2", None)]
    assert [interaction.object.id for interaction in listed.interactions] == ["kf-1", "kf-2"]
    assert (listed.cursor, listed.has_more) == ('{"wk-1":"a2","wk-2":"b1"}', True)


async def test_a_lost_page_is_asked_for_again(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(TOKEN, Answer(status=502))

    with pytest.raises(PlatformBusy):
        await wecom.list_feed("kf:wk-1", since=SINCE, cursor=None, access=access(platform, client), now=NOW)


async def test_a_feed_that_wecom_does_not_have_is_refused(
    wecom: WeComConnector, platform: FakePlatform, client: HTTPClient
) -> None:
    with pytest.raises(CallRefused, match="posts"):
        await wecom.list_feed("posts", since=SINCE, cursor=None, access=access(platform, client), now=NOW)
