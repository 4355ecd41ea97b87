"""What a WeChat Official Account is told, and how long it may answer."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from huiying.events.interactions import Action, Capability, Interaction, Kind, ReplyOptions
from ingest.clients.connectors import wechat_push
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.wechat_fields import Fields
from ingest.clients.connectors.wechat_push import Dialect, Push

PLATFORM = "wechat_oa"

# Within so long of what a person did, so many messages may be sent.
_AFTER_MESSAGE = (timedelta(hours=48), 5)
_AFTER_TOUCH = (timedelta(minutes=1), 3)

_EVENTS: Mapping[str, tuple[Kind, Action]] = MappingProxyType(
    {
        "subscribe": (Kind.FOLLOW, Action.CREATED),
        "unsubscribe": (Kind.FOLLOW, Action.REMOVED),
        "CLICK": (Kind.COMMAND, Action.CREATED),
        "VIEW": (Kind.COMMAND, Action.CREATED),
        "view_miniprogram": (Kind.COMMAND, Action.CREATED),
        "scancode_push": (Kind.COMMAND, Action.CREATED),
        "scancode_waitmsg": (Kind.COMMAND, Action.CREATED),
        "pic_sysphoto": (Kind.COMMAND, Action.CREATED),
        "pic_photo_or_album": (Kind.COMMAND, Action.CREATED),
        "pic_weixin": (Kind.COMMAND, Action.CREATED),
        "location_select": (Kind.COMMAND, Action.CREATED),
        "SCAN": (Kind.COMMAND, Action.ENTERED),
        "LOCATION": (Kind.SYSTEM, Action.ENTERED),
        "TEMPLATESENDJOBFINISH": (Kind.RECEIPT, Action.DELIVERED),
        "MASSSENDJOBFINISH": (Kind.SYSTEM, Action.CREATED),
        "PUBLISHJOBFINISH": (Kind.SYSTEM, Action.CREATED),
        "FREEPUBLISHJOBFINISH": (Kind.SYSTEM, Action.CREATED),
    }
)
# Of a menu's buttons, only these three open a window.
_OPENS_SHORT_WINDOW = frozenset({"subscribe", "CLICK", "SCAN", "scancode_push", "scancode_waitmsg"})


def read_push(fields: Fields, origin: Origin) -> Interaction:
    """The interaction that a push tells of. Raises Unreadable for what is no push."""
    return wechat_push.read_push(fields, origin, _DIALECT)


def _answers(push: Push) -> ReplyOptions:
    if not push.event:
        length, count = _AFTER_MESSAGE
    elif push.event in _OPENS_SHORT_WINDOW:
        length, count = _AFTER_TOUCH
    else:
        return ReplyOptions()
    if "FromUserName" not in push.fields:
        return ReplyOptions()
    return ReplyOptions(
        capabilities=(Capability.DIRECT_MESSAGE,), window_expires_at=push.occurred_at + length, max_replies=count
    )


_DIALECT = Dialect(
    platform=PLATFORM,
    events=_EVENTS,
    reports=frozenset({"TEMPLATESENDJOBFINISH", "MASSSENDJOBFINISH", "PUBLISHJOBFINISH", "FREEPUBLISHJOBFINISH"}),
    key_fields=("CreateTime", "EventKey", "MsgID", "PublishEventInfo.publish_id"),
    extensions=(
        "EventKey",
        "Format",
        "Location_X",
        "Location_Y",
        "Scale",
        "Latitude",
        "Longitude",
        "Description",
        "Status",
    ),
    actor_fields=("FromUserName",),
    answers=_answers,
)
