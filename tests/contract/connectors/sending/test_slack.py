"""What goes to Slack's Web API, what its answers come to mean, and what its lists show."""

from datetime import timedelta

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import Action, Interaction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, ReplyAttachment, ReplyTarget, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import Listed
from ingest.clients.connectors.connector import Access, CallRefused, HookRequest, RateLimited, Sent, SignatureRefused
from ingest.clients.connectors.slack import SlackConnector
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rig import altered
from tests.contract.connectors.rigging.slack import ACCOUNT, sign_slack
from tests.contract.connectors.sending.speaking import NOW, PICTURE, TEXT, a_reply, a_target, access_to, to_be_done

SLACK = SlackConnector()
CHANNEL, DIRECT, PERSON, US = "C0TEATALK01", "D0LINTEABOT", "U0LINMEYER1", "U0TEABOT001"
ROOT = "1790000000.000100"
SENT = Answer(json={"ok": True, "channel": CHANNEL, "ts": "1790000200.000100"})
COMMENT = a_target(
    kind="comment",
    object_id=f"{CHANNEL}:1790000060.000300",
    post_id=CHANNEL,
    counterpart=PERSON,
    handle={"channel": CHANNEL, "thread_ts": ROOT},
)
MESSAGE = a_target(object_id=f"{DIRECT}:{ROOT}", conversation=DIRECT, counterpart=PERSON, handle={"channel": DIRECT})


def access(platform: FakePlatform, client: HTTPClient, *tokens: str) -> Access:
    credentials = {"bot_token": tokens or ("xoxb-made-up",)}
    return access_to(platform.address, by=client, credentials=credentials, external_id=ACCOUNT)


def command(asked_at_ago: timedelta) -> ReplyTarget:
    handle = {
        "channel": CHANNEL,
        "response_url": "https://hooks.slack.com/commands/T0/1/x",
        "asked_at": (NOW - asked_at_ago).isoformat(),
    }
    return a_target(kind="command", object_id="1.1.x", counterpart=PERSON, conversation=PERSON, handle=handle)


def no(error: str, status: int = 200, **headers: str) -> Answer:
    return Answer(status=status, json={"ok": False, "error": error}, headers=headers)


async def test_a_comment_is_answered_in_its_thread(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(SENT)

    sent = await SLACK.send(a_reply(COMMENT), access=access(platform, client))

    (call,) = platform.calls
    assert sent == Sent(object_id=f"{CHANNEL}:1790000200.000100")
    assert (call.method, call.path) == ("POST", "/chat.postMessage")
    assert call.headers["authorization"] == "Bearer xoxb-made-up"
    assert call.json == {"channel": CHANNEL, "thread_ts": ROOT, "text": TEXT}


async def test_a_comment_is_answered_in_private_to_its_author_alone(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"ok": True, "channel": DIRECT, "ts": "1790000200.000100"}))

    sent = await SLACK.send(a_reply(COMMENT, visibility=Visibility.PRIVATE), access=access(platform, client))

    assert platform.calls[0].json == {"channel": PERSON, "text": TEXT}
    assert sent == Sent(object_id=f"{DIRECT}:1790000200.000100")


async def test_a_message_is_answered_in_its_chat(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(SENT)

    await SLACK.send(a_reply(MESSAGE), access=access(platform, client))

    assert platform.calls[0].json == {"channel": DIRECT, "text": TEXT}


async def test_three_characters_are_written_as_slack_wants_them(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(SENT)

    await SLACK.send(a_reply(MESSAGE, text="<3 & <@everyone>"), access=access(platform, client))

    assert platform.calls[0].json["text"] == "&lt;3 &amp; &lt;@everyone&gt;"


async def test_a_command_is_answered_where_it_was_given_for_half_an_hour(
    platform: FakePlatform, client: HTTPClient
) -> None:
    sent = await SLACK.send(a_reply(command(timedelta(minutes=5))), access=access(platform, client))

    (call,) = platform.calls
    assert sent == Sent()
    assert call.path == "/commands/T0/1/x"
    assert call.json == {"text": TEXT, "response_type": "ephemeral", "replace_original": False}
    assert "authorization" not in call.headers


async def test_later_a_command_is_answered_in_private(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(SENT)

    await SLACK.send(a_reply(command(timedelta(minutes=40))), access=access(platform, client))

    assert (platform.calls[0].path, platform.calls[0].json["channel"]) == ("/chat.postMessage", PERSON)


async def test_an_address_that_is_not_slacks_gets_no_response(client: HTTPClient) -> None:
    handle = {"response_url": "https://evil.example/x", "asked_at": NOW.isoformat()}
    there = access_to(None, by=client, credentials={"bot_token": ("xoxb",)})

    with pytest.raises(CallRefused, match=r"evil\.example"):
        await SLACK.send(a_reply(a_target(kind="command", counterpart=PERSON, handle=handle)), access=there)


async def test_pictures_go_by_their_address(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(SENT)

    await SLACK.send(a_reply(MESSAGE, attachments=(PICTURE,)), access=access(platform, client))

    words, picture = platform.calls[0].json["blocks"]
    assert words["text"] == {"type": "mrkdwn", "text": TEXT}
    assert (picture["type"], picture["image_url"]) == ("image", PICTURE.url)


async def test_attachments_that_cannot_go_are_refused_and_not_dropped(
    platform: FakePlatform, client: HTTPClient
) -> None:
    film = ReplyAttachment(kind="video", url="https://cdn.example/1.mp4")

    with pytest.raises(CallRefused, match="attachments"):
        await SLACK.send(a_reply(MESSAGE, attachments=(film,)), access=access(platform, client))

    assert not platform.calls


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (no("channel_not_found"), FailureReason.REFUSED),
        (no("not_in_channel"), FailureReason.REFUSED),
        (no("msg_too_long"), FailureReason.REFUSED),
        (no("invalid_auth"), FailureReason.NEEDS_RECONNECT),
        (no("token_revoked"), FailureReason.NEEDS_RECONNECT),
        (no("missing_scope"), FailureReason.NEEDS_RECONNECT),
        (Answer(status=401), FailureReason.NEEDS_RECONNECT),
        (Answer(status=404), FailureReason.REFUSED),
    ],
)
async def test_slacks_refusals_hide_in_a_success(
    platform: FakePlatform, client: HTTPClient, answer: Answer, reason: FailureReason
) -> None:
    platform.will_answer(answer)

    with pytest.raises(CallRefused) as refusal:
        await SLACK.send(a_reply(COMMENT), access=access(platform, client))

    assert refusal.value.reason is reason
    assert len(platform.calls) == 1


@pytest.mark.parametrize(
    "answer", [no("ratelimited", 429, **{"retry-after": "30"}), no("ratelimited", **{"retry-after": "30"})]
)
async def test_over_the_limit_one_waits(platform: FakePlatform, client: HTTPClient, answer: Answer) -> None:
    platform.will_answer(answer)

    with pytest.raises(RateLimited) as refusal:
        await SLACK.send(a_reply(COMMENT), access=access(platform, client))

    assert refusal.value.retry_after_seconds == 30


@pytest.mark.parametrize(
    "answer",
    [no("fatal_error"), no("internal_error"), Answer(status=503), Answer(status=0), Answer(json=[]), Answer(json={})],
)
async def test_after_a_lost_answer_nobody_knows_whether_it_was_said(
    platform: FakePlatform, client: HTTPClient, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(OutcomeUnknown):
        await SLACK.send(a_reply(COMMENT), access=access(platform, client))

    assert len(platform.calls) == 1


async def test_while_a_token_is_being_changed_the_next_one_is_tried(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(no("token_expired"), SENT)

    await SLACK.send(a_reply(COMMENT), access=access(platform, client, "old", "new"))

    assert [call.headers["authorization"] for call in platform.calls] == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize(
    ("kind", "path", "already"),
    [
        (ModerationKind.DELETE, "/chat.delete", "message_not_found"),
        (ModerationKind.LIKE, "/reactions.add", "already_reacted"),
        (ModerationKind.UNLIKE, "/reactions.remove", "no_reaction"),
    ],
)
async def test_what_is_done_twice_is_the_same_as_once(
    platform: FakePlatform, client: HTTPClient, kind: ModerationKind, path: str, already: str
) -> None:
    platform.will_answer(Answer(json={"ok": True}), no(already))

    for _ in range(2):
        await SLACK.moderate(to_be_done(kind, COMMENT), access=access(platform, client))

    assert [call.path for call in platform.calls] == [path] * 2


@pytest.mark.parametrize("kind", [ModerationKind.HIDE, ModerationKind.DELETE])
async def test_what_slack_does_not_let_an_app_do_is_refused(
    platform: FakePlatform, client: HTTPClient, kind: ModerationKind
) -> None:
    platform.will_answer(no("cant_delete_message"))

    with pytest.raises(CallRefused):
        await SLACK.moderate(to_be_done(kind, COMMENT), access=access(platform, client))


def a_listed(ts: str, text: str = "hi", **more: object) -> dict[str, object]:
    return {"type": "message", "user": PERSON, "text": text, "ts": ts, **more}


async def everything(platform: FakePlatform, client: HTTPClient) -> list[Interaction]:
    found: list[Interaction] = []
    page = Listed(has_more=True)
    while page.has_more:
        page = await SLACK.list_feed(
            "messages",
            since=NOW - timedelta(days=1),
            cursor=page.cursor,
            access=access(platform, client),
            now=NOW,
        )
        found.extend(page.interactions)
    return found


async def test_the_list_goes_through_every_channel_and_thread(platform: FakePlatform, client: HTTPClient) -> None:
    more = {"response_metadata": {"next_cursor": "more"}}
    platform.will_answer(
        Answer(json={"ok": True, "user_id": US, "bot_id": "B0TEABOT001"}),
        Answer(json={"ok": True, "channels": [{"id": CHANNEL}, {"id": DIRECT, "is_im": True}]}),
        Answer(
            json={
                "ok": True,
                "messages": [a_listed("1790000003.000000", reply_count=1, latest_reply="1790000004.000000")],
                **more,
            }
        ),
        Answer(
            json={
                "ok": True,
                "messages": [
                    a_listed("1790000003.000000"),
                    a_listed("1790000004.000000", "an answer", thread_ts="1790000003.000000"),
                ],
            }
        ),
        Answer(json={"ok": True, "messages": [a_listed("1790000001.000000", f"<@{US}> hello")]}),
        Answer(json={"ok": True, "messages": [a_listed("1790000002.000000", user=US, bot_id="B0TEABOT001")]}),
    )

    found = await everything(platform, client)

    assert [(one.kind, one.object.id, one.direction) for one in found] == [
        (Kind.COMMENT, f"{CHANNEL}:1790000003.000000", "inbound"),
        (Kind.COMMENT, f"{CHANNEL}:1790000004.000000", "inbound"),
        (Kind.MENTION, f"{CHANNEL}:1790000001.000000", "inbound"),
        (Kind.MESSAGE, f"{DIRECT}:1790000002.000000", "outbound"),
    ]
    assert {one.verified for one in found} == {Proof.POLLED}
    assert [call.query.get("cursor") for call in platform.calls] == [None, None, None, None, "more", None]


async def test_an_edit_that_is_listed_has_the_id_of_the_one_that_is_pushed(
    platform: FakePlatform, client: HTTPClient
) -> None:
    edited = a_listed("1790000001.000000", edited={"user": PERSON, "ts": "1790000009.000000"})
    platform.will_answer(
        Answer(json={"ok": True, "user_id": US}),
        Answer(json={"ok": True, "channels": [{"id": CHANNEL}]}),
        Answer(json={"ok": True, "messages": [edited]}),
    )

    created, update = await everything(platform, client)

    key = f"slack:{ACCOUNT}:message:{CHANNEL}:1790000001.000000"
    assert (created.id, update.id, update.action) == (key, f"{key}:edit:1790000009.000000", Action.UPDATED)


async def test_a_channel_that_may_not_be_read_holds_up_no_other(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(
        Answer(json={"ok": True, "user_id": US}),
        Answer(json={"ok": True, "channels": [{"id": "C1"}, {"id": "C2"}]}),
        no("not_in_channel"),
        Answer(json={"ok": True, "messages": [a_listed("1790000001.000000")]}),
    )

    (found,) = await everything(platform, client)

    assert found.object.id == "C2:1790000001.000000"


@pytest.mark.parametrize(("feed", "cursor"), [("messages", "not ours"), ("posts", None)])
async def test_a_list_that_slack_does_not_have_is_refused(
    platform: FakePlatform, client: HTTPClient, feed: str, cursor: str | None
) -> None:
    with pytest.raises(CallRefused):
        await SLACK.list_feed(feed, since=NOW, cursor=cursor, access=access(platform, client), now=NOW)


async def test_the_name_that_events_leave_out_is_asked_for_once(platform: FakePlatform, client: HTTPClient) -> None:
    connector = SlackConnector()
    platform.will_answer(Answer(json={"ok": True, "user": {"id": PERSON, "name": "lin", "real_name": "Lin Meyer"}}))
    body = sign_slack(
        b'{"type":"event_callback","event":{"type":"message","user":"U0LINMEYER1","text":"hi","ts":"1.000100",'
        b'"channel":"D0LINTEABOT","channel_type":"im"}}',
        "s",
        NOW,
    ).body
    (message,) = connector.normalise_body(body, content_type="", received_at=NOW)
    lacked = connector.lacks_content(message)

    completed = await connector.complete(message, access=access(platform, client))

    assert lacked
    assert completed is not None
    assert completed.actor is not None
    assert completed.actor.name == "Lin Meyer"
    assert platform.calls[0].query == {"user": PERSON}
    assert not connector.lacks_content(message)


@pytest.mark.parametrize("error", ["user_not_found", "missing_scope"])
async def test_without_leave_to_look_people_up_they_stay_without_names(
    platform: FakePlatform, client: HTTPClient, error: str
) -> None:
    platform.will_answer(no(error))
    (message,) = SLACK.normalise_body(
        b'{"type":"event_callback","event":{"type":"message","user":"U1","text":"hi","ts":"1.000100","channel":"D1"}}',
        content_type="",
        received_at=NOW,
    )

    assert await SLACK.complete(message, access=access(platform, client)) is None


QUESTION = b'{"token":"x","challenge":"3eZbrw1aBm2r","type":"url_verification"}'


def question(secret: str = "s") -> HookRequest:
    return altered(sign_slack(QUESTION, secret, NOW), received_at=NOW)


def test_the_question_for_our_address_is_answered_with_its_challenge() -> None:
    answer = SLACK.handshake(question(), {"signing_secret": ("other", "s")})

    assert answer is not None
    assert (answer.status, answer.body) == (200, b"3eZbrw1aBm2r")


def test_a_question_that_is_not_signed_by_slack_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        SLACK.handshake(question("forged"), {"signing_secret": ("s",)})


def test_somebody_who_only_speaks_of_the_question_has_not_asked_it() -> None:
    body = (
        b'{"type":"event_callback","event":{"type":"message","text":"\\"url_verification\\""}, "x":"url_verification"}'
    )

    assert SLACK.handshake(altered(sign_slack(body, "s", NOW), received_at=NOW), {"signing_secret": ("s",)}) is None
