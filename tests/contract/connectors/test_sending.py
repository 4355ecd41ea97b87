"""What goes out for a reply, and what the platforms' answers come to mean."""

from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from huiying.clock import SystemClock
from huiying.events.interactions import AccountRef
from huiying.events.replies import FailureReason, ReplyAttachment, ReplyTarget, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown, Unreached
from ingest.clients.connectors.connector import (
    Access,
    CallRefused,
    Credentials,
    OutgoingReply,
    PlatformBusy,
    RateLimited,
    SecretMissing,
    Sent,
)
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rigging.generic import whsec
from tests.contract.connectors.rigging.wechat_oa import APP_ID
from tests.contract.connectors.rigs import RIGS

ACCOUNT = AccountRef(id="account-1", external_id="700100200300400", brand="tea-house")
CREDENTIALS: dict[str, Credentials] = {rig.connector.platform: rig.credentials("new", "old") for rig in reversed(RIGS)}
ANSWERING = sorted({rig.connector.platform for rig in RIGS if rig.has_answers})
TOKEN = Answer(json={"access_token": "token-1", "expires_in": 7200})
DONE = Answer(json={"errcode": 0, "errmsg": "ok"})


def a_reply(
    *,
    kind: str = "comment",
    visibility: Visibility = Visibility.PUBLIC,
    attachments: tuple[ReplyAttachment, ...] = (),
    counterpart: str | None = "p9",
) -> OutgoingReply:
    now = SystemClock().now()
    target = ReplyTarget(
        interaction_id="i1", kind=kind, object_id="1_2", post_id="7_1", conversation_id=None, counterpart_id=counterpart
    )
    return OutgoingReply(
        reply_id="reply-1",
        target=target,
        visibility=visibility,
        text="谢谢！Thanks",
        attachments=attachments,
        requested_at=now - timedelta(hours=1),
        attempted_at=now,
    )


def a_message(**more: Any) -> OutgoingReply:
    return a_reply(kind="message", visibility=Visibility.PRIVATE, **more)


def a_fitting_reply(name: str) -> OutgoingReply:
    """A message, or a comment where people cannot be written to."""
    has_messages = all(rig.has_messages for rig in RIGS if rig.connector.platform == name)
    return a_message() if has_messages else a_reply()


async def send(
    name: str, reply: OutgoingReply, *, to: str | None, by: HTTPClient, credentials: Credentials | None = None
) -> Sent:
    chosen = CREDENTIALS[name] if credentials is None else credentials
    access = Access(account=ACCOUNT, credentials=chosen, client=by, api_base=to)
    return await CONNECTORS[name].send(reply, access=access)


async def test_a_public_reply_becomes_a_comment_under_the_comment(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"id": "1_3"}))

    sent = await send("facebook", a_reply(), to=platform.address, by=client)

    (call,) = platform.calls
    assert sent == Sent(object_id="1_3")
    assert (call.method, call.path, call.json) == ("POST", "/1_2/comments", {"message": "谢谢！Thanks"})
    assert call.headers["authorization"] == "Bearer page-token"
    assert not call.query


async def test_a_private_reply_to_a_comment_goes_to_whoever_wrote_it(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(Answer(json={"recipient_id": "p9", "message_id": "m_9"}))

    sent = await send("facebook", a_reply(visibility=Visibility.PRIVATE), to=platform.address, by=client)

    (call,) = platform.calls
    assert sent == Sent(object_id="m_9")
    assert (call.path, call.json["recipient"]) == ("/me/messages", {"comment_id": "1_2"})


async def test_a_message_is_a_response_to_the_person(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"recipient_id": "p9", "message_id": "m_9"}))

    sent = await send("messenger", a_message(), to=platform.address, by=client)

    (call,) = platform.calls
    expected = {"recipient": {"id": "p9"}, "messaging_type": "RESPONSE", "message": {"text": "谢谢！Thanks"}}
    assert sent == Sent(object_id="m_9")
    assert (call.path, call.json) == ("/me/messages", expected)


def graph_error(code: int, *, status: int = 400, **more: object) -> Answer:
    return Answer(status=status, json={"error": {"message": "no", "code": code, **more}})


@pytest.mark.parametrize(
    ("reply", "answer", "reason"),
    [
        (a_message(), graph_error(10), FailureReason.WINDOW_CLOSED),
        (a_reply(), graph_error(10), FailureReason.REFUSED),
        (a_reply(), graph_error(190, status=401), FailureReason.NEEDS_RECONNECT),
        (a_reply(), Answer(status=401), FailureReason.NEEDS_RECONNECT),
        (a_reply(), graph_error(100), FailureReason.REFUSED),
        (a_reply(), graph_error(100, status=200), FailureReason.REFUSED),
        (a_reply(), Answer(status=302, headers={"location": "/elsewhere"}), FailureReason.REFUSED),
        (a_reply(), Answer(status=404), FailureReason.REFUSED),
    ],
)
async def test_metas_refusals_say_what_can_be_done(
    platform: FakePlatform, client: HTTPClient, reply: OutgoingReply, answer: Answer, reason: FailureReason
) -> None:
    platform.will_answer(answer)

    with pytest.raises(CallRefused) as refusal:
        await send("facebook", reply, to=platform.address, by=client)

    assert refusal.value.reason is reason
    assert len(platform.calls) == 1


@pytest.mark.parametrize("code", [4, 17, 32, 613])
async def test_over_metas_limits_one_waits(platform: FakePlatform, client: HTTPClient, code: int) -> None:
    platform.will_answer(Answer(status=400, json={"error": {"code": code}}, headers={"Retry-After": "120"}))

    with pytest.raises(RateLimited) as refusal:
        await send("facebook", a_reply(), to=platform.address, by=client)

    assert refusal.value.retry_after_seconds == 120


async def test_a_servers_error_is_unknown_even_if_meta_calls_it_transient(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(graph_error(2, status=500, is_transient=True))

    with pytest.raises(OutcomeUnknown):
        await send("facebook", a_reply(), to=platform.address, by=client)


async def test_a_failure_that_meta_calls_transient_may_be_tried_again(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(graph_error(2, status=400, is_transient=True))

    with pytest.raises(PlatformBusy):
        await send("facebook", a_reply(), to=platform.address, by=client)


@pytest.mark.parametrize(
    "answer", [Answer(status=500), Answer(status=502), graph_error(1, status=500), Answer(status=0)]
)
async def test_after_any_other_failure_nobody_knows_whether_meta_posted(
    platform: FakePlatform, client: HTTPClient, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(OutcomeUnknown):
        await send("facebook", a_reply(), to=platform.address, by=client)

    assert len(platform.calls) == 1


@pytest.mark.parametrize("name", ANSWERING)
async def test_what_never_left_may_be_tried_again(platform: FakePlatform, client: HTTPClient, name: str) -> None:
    with pytest.raises(Unreached):
        await send(name, a_fitting_reply(name), to="http://127.0.0.1:1", by=client)


@pytest.mark.parametrize("name", sorted(CONNECTORS))
async def test_an_address_that_may_not_be_called_is_refused(platform: FakePlatform, name: str) -> None:
    strict = HTTPClient(allow_private_addresses=False)

    with pytest.raises(CallRefused):
        await send(name, a_fitting_reply(name), to=platform.address, by=strict)

    await strict.close()
    assert not platform.calls


@pytest.mark.parametrize("name", sorted(CONNECTORS.keys() - set(ANSWERING)))
async def test_where_nothing_can_be_answered_nobody_is_asked(
    platform: FakePlatform, client: HTTPClient, name: str
) -> None:
    with pytest.raises(CallRefused, match="no public API"):
        await send(name, a_fitting_reply(name), to=platform.address, by=client)

    assert not platform.calls


async def test_while_a_token_is_being_changed_the_next_one_is_tried(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(graph_error(190, status=401), Answer(json={"id": "1_3"}))

    sent = await send(
        "facebook", a_reply(), to=platform.address, by=client, credentials={"access_token": ("old", "new")}
    )

    assert sent == Sent(object_id="1_3")
    assert [call.headers["authorization"] for call in platform.calls] == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize("name", ["facebook", "wechat_oa"])
async def test_an_account_without_a_token_waits_for_one(platform: FakePlatform, client: HTTPClient, name: str) -> None:
    with pytest.raises(SecretMissing):
        await send(name, a_message(), to=platform.address, by=client, credentials={})


@pytest.mark.parametrize("name", ["wechat_oa"])
async def test_attachments_are_refused_and_not_dropped(platform: FakePlatform, client: HTTPClient, name: str) -> None:
    picture = ReplyAttachment(kind="image", url="https://cdn.example/1.png")

    with pytest.raises(CallRefused, match="attachments"):
        await send(name, a_message(attachments=(picture,)), to=platform.address, by=client)

    assert not platform.calls


@pytest.mark.parametrize("name", ["messenger", "wechat_oa"])
async def test_a_message_to_nobody_is_refused(platform: FakePlatform, client: HTTPClient, name: str) -> None:
    with pytest.raises(CallRefused, match="nobody"):
        await send(name, a_message(counterpart=None), to=platform.address, by=client)

    assert not platform.calls


async def test_a_customer_service_message_needs_a_token_and_fetches_it_once(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(TOKEN, DONE)

    await send("wechat_oa", a_message(), to=platform.address, by=client)
    await send("wechat_oa", a_message(), to=platform.address, by=client)

    fetched, first, second = platform.calls
    question = {"grant_type": "client_credential", "appid": APP_ID, "secret": "app-secret", "force_refresh": False}
    assert (fetched.path, fetched.json) == ("/cgi-bin/stable_token", question)
    assert (first.path, first.query) == ("/cgi-bin/message/custom/send", {"access_token": "token-1"})
    assert first.json == {"touser": "p9", "msgtype": "text", "text": {"content": "谢谢！Thanks"}}
    assert "谢谢".encode() in first.body
    assert second.path == first.path


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_token_that_has_run_out_is_renewed_once(platform: FakePlatform, client: HTTPClient, code: int) -> None:
    renewed = Answer(json={"access_token": "token-2", "expires_in": 7200})
    platform.will_answer(TOKEN, Answer(json={"errcode": code, "errmsg": "expired"}), renewed, DONE)

    sent = await send("wechat_oa", a_message(), to=platform.address, by=client)

    assert sent == Sent()
    assert [call.query.get("access_token") for call in platform.calls] == [None, "token-1", None, "token-2"]


async def test_a_token_that_is_refused_for_ever_needs_a_reconnection(
    platform: FakePlatform, client: HTTPClient
) -> None:
    expired = Answer(json={"errcode": 40001, "errmsg": "expired"})
    platform.will_answer(TOKEN, expired, TOKEN, TOKEN, expired)

    with pytest.raises(CallRefused) as refusal:
        await send("wechat_oa", a_message(), to=platform.address, by=client)

    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT
    # The same token came back, so another was asked for by force; then it is enough.
    assert [call.json.get("force_refresh") for call in platform.calls] == [False, None, False, True, None]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (45015, FailureReason.WINDOW_CLOSED),
        (45047, FailureReason.REFUSED),
        (48001, FailureReason.REFUSED),
        (99999, FailureReason.REFUSED),
    ],
)
async def test_wechats_refusals_hide_in_a_success(
    platform: FakePlatform, client: HTTPClient, code: int, reason: FailureReason
) -> None:
    platform.will_answer(TOKEN, Answer(json={"errcode": code, "errmsg": "no"}))

    with pytest.raises(CallRefused, match=str(code)) as refusal:
        await send("wechat_oa", a_message(), to=platform.address, by=client)

    assert refusal.value.reason is reason


@pytest.mark.parametrize("code", [45009, 45011])
async def test_over_wechats_limits_one_waits(platform: FakePlatform, client: HTTPClient, code: int) -> None:
    platform.will_answer(TOKEN, Answer(json={"errcode": code}))

    with pytest.raises(RateLimited):
        await send("wechat_oa", a_message(), to=platform.address, by=client)


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=0), Answer(json="what?")])
async def test_after_a_lost_answer_nobody_knows_whether_wechat_sent(
    platform: FakePlatform, client: HTTPClient, answer: Answer
) -> None:
    platform.will_answer(TOKEN, answer)

    with pytest.raises(OutcomeUnknown):
        await send("wechat_oa", a_message(), to=platform.address, by=client)


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=0)])
async def test_a_lost_token_is_asked_for_again_because_nothing_was_sent(
    platform: FakePlatform, client: HTTPClient, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(PlatformBusy):
        await send("wechat_oa", a_message(), to=platform.address, by=client)


async def test_a_secret_that_earns_no_token_needs_a_reconnection(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"errcode": 40125, "errmsg": "invalid appsecret"}))

    with pytest.raises(CallRefused) as refusal:
        await send("wechat_oa", a_message(), to=platform.address, by=client)

    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT
    assert "app-secret" not in str(refusal.value)


async def test_a_generic_source_is_told_what_to_say_and_can_check_who_asks(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(Answer(status=201, json={"id": 77}))
    reply = a_reply()

    sent = await send("generic", reply, to=f"{platform.address}/bridge/", by=client)

    (call,) = platform.calls
    body = Webhook(whsec("old")).verify(call.body, dict(call.headers))
    assert sent == Sent(object_id="77")
    assert (call.path, call.headers["webhook-id"], body["type"]) == ("/bridge/replies", "reply-1", "reply.requested")
    assert body["data"] == {
        "id": "reply-1",
        "text": "谢谢！Thanks",
        "visibility": "public",
        "in_reply_to": "1_2",
        "conversation_id": None,
        "post_id": "7_1",
    }


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=503), Answer(status=0)])
async def test_a_generic_source_may_be_told_twice(platform: FakePlatform, client: HTTPClient, answer: Answer) -> None:
    platform.will_answer(answer)

    with pytest.raises(PlatformBusy):
        await send("generic", a_reply(), to=platform.address, by=client)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(410, FailureReason.NEEDS_RECONNECT), (422, FailureReason.REFUSED), (307, FailureReason.REFUSED)],
)
async def test_a_generic_source_may_refuse(
    platform: FakePlatform, client: HTTPClient, status: int, reason: FailureReason
) -> None:
    platform.will_answer(Answer(status=status))

    with pytest.raises(CallRefused) as refusal:
        await send("generic", a_reply(), to=platform.address, by=client)

    assert refusal.value.reason is reason


async def test_a_generic_source_without_an_address_cannot_be_answered(client: HTTPClient) -> None:
    with pytest.raises(CallRefused, match="api_base"):
        await send("generic", a_reply(), to=None, by=client)


async def test_a_generic_source_without_a_shared_secret_cannot_be_answered(
    platform: FakePlatform, client: HTTPClient
) -> None:
    with pytest.raises(CallRefused, match="secret"):
        await send("generic", a_reply(), to=platform.address, by=client, credentials={"public_key": ("whpk_x",)})


@pytest.mark.parametrize("object_id", ["../me", "1/2", "1?x=1", "评论", ""])
async def test_an_id_that_would_lead_elsewhere_is_refused(
    platform: FakePlatform, client: HTTPClient, object_id: str
) -> None:
    reply = a_reply()
    target = ReplyTarget(interaction_id="i1", kind="comment", object_id=object_id)
    strange = OutgoingReply(
        reply_id=reply.reply_id,
        target=target,
        visibility=Visibility.PUBLIC,
        text="x",
        requested_at=reply.requested_at,
        attempted_at=reply.attempted_at,
    )

    with pytest.raises(CallRefused):
        await send("facebook", strange, to=platform.address, by=client)

    assert not platform.calls
