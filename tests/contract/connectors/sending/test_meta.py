"""What is said to Meta, and what its answers come to mean, where its platforms differ or share what is new."""

from datetime import timedelta

import pytest

from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, ReplyAttachment, ReplyTarget, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import SubscriptionState
from ingest.clients.connectors.connector import Access, CallRefused, RateLimited, Sent
from ingest.clients.connectors.facebook import FacebookConnector
from ingest.clients.connectors.instagram import InstagramConnector
from ingest.clients.connectors.messenger import MessengerConnector
from ingest.clients.connectors.meta_usage import Usage
from ingest.clients.connectors.whatsapp import WhatsAppConnector
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.sending.speaking import NOW, PICTURE, TEXT, a_reply, a_target, access_to, to_be_done

VOICE = ReplyAttachment(kind="audio", url="https://cdn.example/1.ogg")
PERSON = a_target(object_id="m_1", conversation="9", counterpart="9")
COMMENT = a_target(kind="comment", object_id="1_2", post_id="7_1", counterpart="9")
ON_WHATSAPP = a_target(object_id="wamid.1", counterpart="GB.1", handle={"to": "447700900123", "recipient": "GB.1"})
NUMBER_ID = "106540352242900"
TAKEN = Answer(json={"messages": [{"id": "wamid.2"}]})


def to(platform: FakePlatform, client: HTTPClient, external_id: str = "700100200300400", **more: str) -> Access:
    credentials = {"app_secret": ("s",), "verify_token": ("v",), "access_token": ("page-token",)}
    further = {name: (value,) for name, value in more.items()}
    return access_to(platform.address, by=client, credentials=credentials | further, external_id=external_id)


async def test_within_a_day_a_message_is_a_response(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"message_id": "m_2"}))
    target = a_target(counterpart="9", handle={"freely_until": (NOW + timedelta(minutes=1)).isoformat()})

    await MessengerConnector(Usage()).send(a_reply(target), access=to(platform, client))

    assert platform.calls[0].json["messaging_type"] == "RESPONSE"
    assert "tag" not in platform.calls[0].json


async def test_after_a_day_a_message_says_that_a_human_wrote_it(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"message_id": "m_2"}))
    target = a_target(counterpart="9", handle={"freely_until": (NOW - timedelta(minutes=1)).isoformat()})

    await MessengerConnector(Usage()).send(a_reply(target), access=to(platform, client))

    assert (platform.calls[0].json["messaging_type"], platform.calls[0].json["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")


async def test_attachments_go_first_and_the_text_is_what_its_echo_will_name(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(Answer(json={"message_id": "m_2"}), Answer(json={"message_id": "m_3"}))

    sent = await MessengerConnector(Usage()).send(a_reply(PERSON, attachments=(PICTURE,)), access=to(platform, client))

    first, second = platform.calls
    assert first.json["message"] == {
        "attachment": {"type": "image", "payload": {"url": PICTURE.url, "is_reusable": False}}
    }
    assert second.json["message"] == {"text": TEXT}
    assert sent == Sent(object_id="m_3")


@pytest.mark.parametrize("second", [Answer(status=400, json={"error": {"code": 100}}), Answer(status=429)])
async def test_what_was_said_in_part_is_not_said_again(
    platform: FakePlatform, client: HTTPClient, second: Answer
) -> None:
    platform.will_answer(Answer(json={"message_id": "m_2"}), second)

    with pytest.raises(OutcomeUnknown, match="1 of its 2"):
        await MessengerConnector(Usage()).send(a_reply(PERSON, attachments=(PICTURE,)), access=to(platform, client))


async def test_a_comment_on_facebook_takes_one_picture(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"id": "1_3"}))
    connector, access = FacebookConnector(Usage()), to(platform, client)

    await connector.send(a_reply(COMMENT, attachments=(PICTURE,)), access=access)
    with pytest.raises(CallRefused, match="attachments"):
        await connector.send(a_reply(COMMENT, attachments=(PICTURE, PICTURE)), access=access)

    (call,) = platform.calls
    assert call.json == {"message": TEXT, "attachment_url": PICTURE.url}


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.PRIVATE])
async def test_a_comment_on_instagram_takes_no_attachments(
    platform: FakePlatform, client: HTTPClient, visibility: Visibility
) -> None:
    reply = a_reply(COMMENT, visibility=visibility, attachments=(PICTURE,))

    with pytest.raises(CallRefused, match=r"text alone"):
        await InstagramConnector(Usage()).send(reply, access=to(platform, client))

    assert not platform.calls


async def test_instagram_is_answered_under_the_comment(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"id": "18"}))

    sent = await InstagramConnector(Usage()).send(a_reply(COMMENT), access=to(platform, client))

    (call,) = platform.calls
    assert sent == Sent(object_id="18")
    assert (call.method, call.path, call.json) == ("POST", "/1_2/replies", {"message": TEXT})


async def test_a_mention_on_instagram_is_answered_where_it_stands(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"id": "18"}))
    mention = a_target(kind="mention", object_id="2", handle={"media_id": "1", "comment_id": "2"})

    await InstagramConnector(Usage()).send(a_reply(mention), access=to(platform, client, "17841"))

    (call,) = platform.calls
    assert (call.path, call.json) == ("/17841/mentions", {"media_id": "1", "comment_id": "2", "message": TEXT})


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (ON_WHATSAPP, ("individual", "to", "447700900123")),
        (a_target(counterpart="GB.1", handle={"recipient": "GB.1"}), ("individual", "recipient", "GB.1")),
        (a_target(counterpart="GB.1"), ("individual", "recipient", "GB.1")),
        (a_target(counterpart="447700900123"), ("individual", "to", "447700900123")),
        (a_target(counterpart="GB.1", handle={"group": "g1"}), ("group", "to", "g1")),
    ],
)
async def test_whatsapp_reaches_people_by_number_or_by_id(
    platform: FakePlatform, client: HTTPClient, target: ReplyTarget, expected: tuple[str, str, str]
) -> None:
    platform.will_answer(TAKEN)

    sent = await WhatsAppConnector(Usage()).send(a_reply(target), access=to(platform, client, NUMBER_ID))

    (call,) = platform.calls
    manner, name, someone = expected
    assert sent == Sent(object_id="wamid.2")
    assert call.path == f"/{NUMBER_ID}/messages"
    assert call.json == {
        "messaging_product": "whatsapp",
        "biz_opaque_callback_data": "reply-1",
        "recipient_type": manner,
        name: someone,
        "type": "text",
        "text": {"body": TEXT},
    }


async def test_on_whatsapp_the_text_is_the_pictures_caption(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(TAKEN)
    reply = a_reply(ON_WHATSAPP, attachments=(PICTURE,))

    await WhatsAppConnector(Usage()).send(reply, access=to(platform, client, NUMBER_ID))

    (call,) = platform.calls
    assert (call.json["type"], call.json["image"]) == ("image", {"link": PICTURE.url, "caption": TEXT})


async def test_on_whatsapp_a_recording_has_no_caption(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(TAKEN)
    reply = a_reply(ON_WHATSAPP, attachments=(VOICE,))

    await WhatsAppConnector(Usage()).send(reply, access=to(platform, client, NUMBER_ID))

    assert [call.json["type"] for call in platform.calls] == ["audio", "text"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (131047, FailureReason.WINDOW_CLOSED),
        (131026, FailureReason.REFUSED),
        (10, FailureReason.REFUSED),
        (190, FailureReason.NEEDS_RECONNECT),
        (0, FailureReason.NEEDS_RECONNECT),
    ],
)
async def test_whatsapps_refusals_say_what_can_be_done(
    platform: FakePlatform, client: HTTPClient, code: int, reason: FailureReason
) -> None:
    platform.will_answer(Answer(status=400, json={"error": {"code": code, "message": "no"}}))

    with pytest.raises(CallRefused) as refusal:
        await WhatsAppConnector(Usage()).send(a_reply(ON_WHATSAPP), access=to(platform, client, NUMBER_ID))

    assert refusal.value.reason is reason


@pytest.mark.parametrize("code", [80007, 130429, 131048, 131056])
async def test_over_whatsapps_limits_one_waits(platform: FakePlatform, client: HTTPClient, code: int) -> None:
    platform.will_answer(Answer(status=400, json={"error": {"code": code}}))

    with pytest.raises(RateLimited):
        await WhatsAppConnector(Usage()).send(a_reply(ON_WHATSAPP), access=to(platform, client, NUMBER_ID))


async def test_a_message_on_whatsapp_gets_a_thumb(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(TAKEN)
    connector, access = WhatsAppConnector(Usage()), to(platform, client, NUMBER_ID)

    await connector.moderate(to_be_done(ModerationKind.LIKE, ON_WHATSAPP), access=access)
    await connector.moderate(to_be_done(ModerationKind.UNLIKE, ON_WHATSAPP), access=access)
    with pytest.raises(CallRefused, match="no way"):
        await connector.moderate(to_be_done(ModerationKind.HIDE, ON_WHATSAPP), access=access)

    assert [call.json["reaction"] for call in platform.calls] == [
        {"message_id": "wamid.1", "emoji": "👍"},
        {"message_id": "wamid.1", "emoji": ""},
    ]


async def test_the_pause_is_as_long_as_metas_headers_say(platform: FakePlatform, client: HTTPClient) -> None:
    usage = '{"1":[{"type":"pages","call_count":100,"total_time":20,"estimated_time_to_regain_access":7}]}'
    platform.will_answer(
        Answer(status=400, json={"error": {"code": 80001}}, headers={"X-Business-Use-Case-Usage": usage})
    )

    with pytest.raises(RateLimited) as refusal:
        await FacebookConnector(Usage()).send(a_reply(COMMENT), access=to(platform, client))

    assert refusal.value.retry_after_seconds == 420


@pytest.mark.parametrize(
    "headers",
    [
        {"X-App-Usage": '{"call_count":81,"total_cputime":2,"total_time":3}'},
        {"X-Business-Use-Case-Usage": '{"1":[{"type":"pages","call_count":5,"total_time":92}]}'},
    ],
)
async def test_when_most_is_used_up_reading_stops_and_answering_goes_on(
    platform: FakePlatform, client: HTTPClient, headers: dict[str, str]
) -> None:
    platform.will_answer(Answer(json={"followers_count": 5}, headers=headers), Answer(json={"id": "1_3"}))
    connector, access = FacebookConnector(Usage()), to(platform, client)
    await connector.measure_account(access=access)

    with pytest.raises(RateLimited):
        await connector.measure_account(access=access)
    await connector.send(a_reply(COMMENT), access=access)

    assert [call.path for call in platform.calls] == ["/me", "/1_2/comments"]


@pytest.mark.parametrize("headers", [{"X-App-Usage": "{"}, {"X-Business-Use-Case-Usage": "[1]"}, {"X-App-Usage": "7"}])
async def test_headers_that_make_no_sense_stop_nothing(
    platform: FakePlatform, client: HTTPClient, headers: dict[str, str]
) -> None:
    platform.will_answer(Answer(json={"followers_count": 5}, headers=headers))
    connector, access = FacebookConnector(Usage()), to(platform, client)

    counted = [await connector.measure_account(access=access) for _ in range(2)]

    assert [figures.followers for figures in counted] == [5, 5]


async def test_a_post_without_insights_is_measured_all_the_same(platform: FakePlatform, client: HTTPClient) -> None:
    refused = Answer(status=400, json={"error": {"code": 100, "message": "(#100) The value must be a valid metric"}})
    platform.will_answer(refused, Answer(json={"reactions": {"summary": {"total_count": 3}}}))

    (figures,) = await FacebookConnector(Usage()).measure_posts(["7_1"], access=to(platform, client))

    assert (figures.likes, figures.views, figures.shares) == (3, None, 0)


async def test_a_number_is_told_its_own_address(platform: FakePlatform, client: HTTPClient) -> None:
    hook = "https://hooks.example/w"
    shown = Answer(json={"webhook_configuration": {"application": "https://else.example", "phone_number": hook}})
    platform.will_answer(Answer(json={"success": True}), shown)

    subscription = await WhatsAppConnector(Usage()).subscribe(hook, access=to(platform, client, NUMBER_ID))

    told, _ = platform.calls
    assert subscription.state is SubscriptionState.ACTIVE
    assert told.json == {"webhook_configuration": {"override_callback_uri": hook, "verify_token": "v"}}


async def test_a_list_goes_on_where_its_cursor_says(platform: FakePlatform, client: HTTPClient) -> None:
    comment = {"id": "1_2", "message": "hi", "created_time": "2026-09-21T13:00:00+0000", "from": {"id": "9"}}
    more = {"cursors": {"after": "inner"}, "next": "https://graph.example"}
    post = {"id": "7_1", "created_time": "2026-09-20T13:00:00+0000", "comments": {"data": [comment], "paging": more}}
    rest = {"data": [{**comment, "id": "1_3"}]}
    platform.will_answer(Answer(json={"data": [post]}), Answer(json=rest))
    connector, access = FacebookConnector(Usage()), to(platform, client)
    since = NOW - timedelta(days=1)

    first = await connector.list_feed("comments", since=since, cursor=None, access=access, now=NOW)
    second = await connector.list_feed("comments", since=since, cursor=first.cursor, access=access, now=NOW)

    assert (first.has_more, second.has_more, second.cursor) == (True, False, None)
    assert [call.path for call in platform.calls] == ["/me/feed", "/7_1/comments"]
    assert platform.calls[1].query["after"] == "inner"
    assert [one.object.id for page in (first, second) for one in page.interactions] == ["1_2", "1_3"]


async def test_a_cursor_of_unknown_origin_begins_anew(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"data": []}))

    listed = await FacebookConnector(Usage()).list_feed(
        "comments", since=NOW, cursor="from another version", access=to(platform, client), now=NOW
    )

    assert not listed.has_more
    assert platform.calls[0].path == "/me/feed"


async def test_no_token_stands_in_an_address(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"data": []}))
    access = to(platform, client, app_id="151")

    await FacebookConnector(Usage()).look_up_subscription("https://hooks.example/f", access=access)

    assert [call.headers["authorization"] for call in platform.calls] == ["Bearer 151|s"]
    assert not platform.calls[0].query
