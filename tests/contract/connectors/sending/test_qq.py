"""What a QQ bot says, where it says it, and what QQ's answers come to mean."""

import pytest

from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, ReplyAttachment, ReplyTarget
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.access_tokens import AccessTokens
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy, RateLimited, SecretMissing, Sent
from ingest.clients.connectors.qq import QQConnector
from ingest.clients.connectors.qq_replies import sequence_of
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rigging.qq import APP_ID
from tests.contract.connectors.sending.speaking import PICTURE, TEXT, a_reply, a_target, access_to, to_be_done

TOKEN = Answer(json={"access_token": "token-1", "expires_in": "7200"})
DONE = Answer(json={"id": "ROBOT1.0_m2", "timestamp": "2026-09-21T22:00:00+08:00"})


def in_place(place: str, where: str, *, kind: str = "message") -> ReplyTarget:
    return a_target(kind=kind, object_id="ROBOT1.0_m1!", counterpart="U1", handle={"place": place, "where": where})


PRIVATE, GROUP = in_place("c2c", "U1"), in_place("group", "G1", kind="mention")
CHANNEL, DIRECT = in_place("channel", "100010", kind="mention"), in_place("direct", "28800000000002")


def no(code: int, *, status: int = 400) -> Answer:
    return Answer(status=status, json={"code": code, "message": "no", "err_code": code, "trace_id": "t"})


@pytest.fixture
def connector() -> QQConnector:
    return QQConnector(AccessTokens())


def qq(platform: FakePlatform, client: HTTPClient, *secrets: str) -> Access:
    credentials = {"app_id": (APP_ID,), "app_secret": secrets or ("app-secret",)}
    return access_to(platform.address, by=client, credentials=credentials, external_id=APP_ID)


@pytest.mark.parametrize(
    ("target", "path"), [(PRIVATE, "/v2/users/U1/messages"), (GROUP, "/v2/groups/G1/messages")], ids=["c2c", "group"]
)
async def test_an_answer_shows_the_message_and_which_answer_it_is(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector, target: ReplyTarget, path: str
) -> None:
    platform.will_answer(TOKEN, DONE)

    sent = await connector.send(a_reply(target), access=qq(platform, client))

    asked, call = platform.calls
    assert sent == Sent(object_id="ROBOT1.0_m2")
    assert (asked.path, asked.json) == (
        "/app/getAppAccessToken",
        {"appId": APP_ID, "clientSecret": "app-secret"},
    )
    assert (call.method, call.path, call.headers["authorization"]) == ("POST", path, "QQBot token-1")
    assert call.json == {
        "content": TEXT,
        "msg_type": 0,
        "msg_id": "ROBOT1.0_m1!",
        "msg_seq": sequence_of("reply-1"),
    }


@pytest.mark.parametrize(
    ("target", "path"),
    [(CHANNEL, "/channels/100010/messages"), (DIRECT, "/dms/28800000000002/messages")],
    ids=["channel", "direct"],
)
async def test_a_channel_knows_no_numbers_of_answers(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector, target: ReplyTarget, path: str
) -> None:
    platform.will_answer(TOKEN, DONE)

    await connector.send(a_reply(target), access=qq(platform, client))

    call = platform.calls[-1]
    assert (call.path, call.json) == (path, {"content": TEXT, "msg_id": "ROBOT1.0_m1!"})


def test_every_answer_has_a_number_of_its_own_that_stays() -> None:
    numbers = [sequence_of(f"reply-{number}") for number in range(1_000)]

    assert len(set(numbers)) == 1_000
    assert all(0 < number < 2**31 for number in numbers)
    assert sequence_of("reply-7") == numbers[7]


async def test_the_token_is_fetched_once(platform: FakePlatform, client: HTTPClient, connector: QQConnector) -> None:
    platform.will_answer(TOKEN, DONE)

    for number in range(3):
        await connector.send(a_reply(PRIVATE, reply_id=f"reply-{number}"), access=qq(platform, client))

    assert [call.path for call in platform.calls].count("/app/getAppAccessToken") == 1


@pytest.mark.parametrize("answer", [no(11243, status=401), no(11241), Answer(status=401)])
async def test_a_token_that_is_refused_is_renewed_once(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector, answer: Answer
) -> None:
    second = Answer(json={"access_token": "token-2", "expires_in": "7200"})
    platform.will_answer(TOKEN, answer, second, DONE)

    sent = await connector.send(a_reply(PRIVATE), access=qq(platform, client))

    assert sent == Sent(object_id="ROBOT1.0_m2")
    assert platform.calls[-1].headers["authorization"] == "QQBot token-2"


async def test_while_a_secret_is_being_changed_the_next_one_earns_the_token(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector
) -> None:
    platform.will_answer(Answer(json={"code": 100016, "message": "invalid appid or secret"}), TOKEN, DONE)

    await connector.send(a_reply(PRIVATE), access=qq(platform, client, "new", "old"))

    assert [call.json.get("clientSecret") for call in platform.calls] == ["new", "old", None]


async def test_a_secret_that_earns_no_token_needs_a_reconnection(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector
) -> None:
    platform.will_answer(Answer(json={"code": 100016, "message": "invalid appid or secret"}))

    with pytest.raises(CallRefused) as refusal:
        await connector.send(a_reply(PRIVATE), access=qq(platform, client))

    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT
    assert "app-secret" not in str(refusal.value)


async def test_a_bot_without_a_secret_waits_for_one(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector
) -> None:
    access = access_to(platform.address, by=client, credentials={"app_id": (APP_ID,)})

    with pytest.raises(SecretMissing):
        await connector.send(a_reply(PRIVATE), access=access)


@pytest.mark.parametrize("answer", [Answer(status=0), Answer(status=500), Answer(status=504)])
async def test_a_lost_answer_in_private_may_be_sent_again(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector, answer: Answer
) -> None:
    platform.will_answer(TOKEN, answer)

    with pytest.raises(PlatformBusy):
        await connector.send(a_reply(PRIVATE), access=qq(platform, client))


async def test_what_was_taken_before_is_taken(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector
) -> None:
    platform.will_answer(TOKEN, no(40054005))

    assert await connector.send(a_reply(GROUP), access=qq(platform, client)) == Sent()


@pytest.mark.parametrize("answer", [Answer(status=0), Answer(status=500)])
async def test_after_a_lost_answer_in_a_channel_nobody_knows(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector, answer: Answer
) -> None:
    platform.will_answer(TOKEN, answer)

    with pytest.raises(OutcomeUnknown):
        await connector.send(a_reply(CHANNEL), access=qq(platform, client))


async def test_what_somebody_at_qq_looks_at_first_was_taken(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector
) -> None:
    under_review = Answer(status=202, json={"code": 304024, "data": {"message_audit": {"audit_id": "a1"}}})
    platform.will_answer(TOKEN, under_review)

    assert await connector.send(a_reply(CHANNEL), access=qq(platform, client)) == Sent()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (no(304027), FailureReason.WINDOW_CLOSED),
        (no(40034128), FailureReason.WINDOW_CLOSED),
        (no(11265, status=401), FailureReason.NEEDS_RECONNECT),
        (no(40054010), FailureReason.REFUSED),
        (no(99999), FailureReason.REFUSED),
        (Answer(status=404), FailureReason.REFUSED),
    ],
)
async def test_refusals_say_what_can_be_done(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector, answer: Answer, reason: FailureReason
) -> None:
    platform.will_answer(TOKEN, answer)

    with pytest.raises(CallRefused) as refusal:
        await connector.send(a_reply(PRIVATE), access=qq(platform, client))

    assert refusal.value.reason is reason


@pytest.mark.parametrize("answer", [no(20028), Answer(status=429)])
async def test_over_the_limits_one_waits(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector, answer: Answer
) -> None:
    platform.will_answer(TOKEN, answer)

    with pytest.raises(RateLimited):
        await connector.send(a_reply(CHANNEL), access=qq(platform, client))


async def test_a_picture_is_fetched_by_qq_and_then_sent(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector
) -> None:
    platform.will_answer(TOKEN, Answer(json={"file_uuid": "f1", "file_info": "info-1", "ttl": 3600}), DONE)

    await connector.send(a_reply(PRIVATE, attachments=(PICTURE,)), access=qq(platform, client))

    _, upload, call = platform.calls
    assert (upload.path, upload.json) == (
        "/v2/users/U1/files",
        {"file_type": 1, "url": PICTURE.url, "srv_send_msg": False},
    )
    assert (call.json["msg_type"], call.json["media"], call.json["content"]) == (7, {"file_info": "info-1"}, TEXT)


async def test_a_picture_goes_into_a_channel_by_its_address(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector
) -> None:
    platform.will_answer(TOKEN, DONE)

    await connector.send(a_reply(CHANNEL, attachments=(PICTURE,)), access=qq(platform, client))

    assert platform.calls[-1].json["image"] == PICTURE.url


@pytest.mark.parametrize(
    ("target", "attachments", "words"),
    [
        (PRIVATE, (PICTURE, PICTURE), "one attachment"),
        (PRIVATE, (ReplyAttachment(kind="file", url="https://cdn.example/1.pdf"),), "no file"),
        (CHANNEL, (ReplyAttachment(kind="video", url="https://cdn.example/1.mp4"),), "no video"),
        (a_target(object_id="m1"), (), "nobody"),
        (a_target(object_id="m1", handle={"place": "elsewhere", "where": "1"}), (), "nobody"),
    ],
)
async def test_what_cannot_be_said_is_refused_unsaid(
    platform: FakePlatform,
    client: HTTPClient,
    connector: QQConnector,
    target: ReplyTarget,
    attachments: tuple[ReplyAttachment, ...],
    words: str,
) -> None:
    platform.will_answer(TOKEN)

    with pytest.raises(CallRefused, match=words):
        await connector.send(a_reply(target, attachments=attachments), access=qq(platform, client))

    assert not [call for call in platform.calls if "messages" in call.path]


async def test_an_id_cannot_lead_elsewhere(platform: FakePlatform, client: HTTPClient, connector: QQConnector) -> None:
    platform.will_answer(TOKEN, DONE)

    await connector.send(a_reply(in_place("c2c", "../groups/G1")), access=qq(platform, client))

    assert platform.calls[-1].path == "/v2/users/..%2Fgroups%2FG1/messages"


@pytest.mark.parametrize(
    ("target", "path"),
    [(PRIVATE, "/v2/users/U1/messages/ROBOT1.0_m1%21"), (CHANNEL, "/channels/100010/messages/ROBOT1.0_m1%21")],
)
async def test_a_message_is_taken_back_where_it_was_said(
    platform: FakePlatform, client: HTTPClient, connector: QQConnector, target: ReplyTarget, path: str
) -> None:
    platform.will_answer(TOKEN, Answer(json=None))

    await connector.moderate(to_be_done(ModerationKind.DELETE, target), access=qq(platform, client))

    assert (platform.calls[-1].method, platform.calls[-1].path) == ("DELETE", path)


async def test_a_message_cannot_be_hidden(platform: FakePlatform, client: HTTPClient, connector: QQConnector) -> None:
    with pytest.raises(CallRefused):
        await connector.moderate(to_be_done(ModerationKind.HIDE, PRIVATE), access=qq(platform, client))

    assert not platform.calls
