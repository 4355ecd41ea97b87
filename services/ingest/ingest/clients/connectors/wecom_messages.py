"""What a WeCom app is told by push: messages, events, and notices that customer service has something to fetch."""

from collections.abc import Mapping
from types import MappingProxyType

from huiying.events.interactions import Action, Capability, Interaction, Kind, ReplyOptions
from ingest.clients.connectors import wechat_push
from ingest.clients.connectors.foreign import digest_of_bytes, from_seconds
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.wechat_fields import Fields
from ingest.clients.connectors.wechat_push import Dialect, Push

PLATFORM = "wecom"
NOTICE = "kf_msg_or_event"

# How a handle names the app, the customer-service account, and the ticket that lets its messages be fetched quickly.
AGENT, SERVICE_ACCOUNT, SYNC_TICKET = "agent_id", "open_kfid", "sync_ticket"

_TICKET_DIGEST = "TicketDigest"

_EVENTS: Mapping[str, tuple[Kind, Action]] = MappingProxyType(
    {
        "subscribe": (Kind.FOLLOW, Action.CREATED),
        "unsubscribe": (Kind.FOLLOW, Action.REMOVED),
        "enter_agent": (Kind.COMMAND, Action.ENTERED),
        "click": (Kind.COMMAND, Action.CREATED),
        "view": (Kind.COMMAND, Action.CREATED),
        "view_miniprogram": (Kind.COMMAND, Action.CREATED),
        "scancode_push": (Kind.COMMAND, Action.CREATED),
        "scancode_waitmsg": (Kind.COMMAND, Action.CREATED),
        "pic_sysphoto": (Kind.COMMAND, Action.CREATED),
        "pic_photo_or_album": (Kind.COMMAND, Action.CREATED),
        "pic_weixin": (Kind.COMMAND, Action.CREATED),
        "location_select": (Kind.COMMAND, Action.CREATED),
        "template_card_event": (Kind.COMMAND, Action.CREATED),
        "LOCATION": (Kind.SYSTEM, Action.ENTERED),
        "batch_job_result": (Kind.SYSTEM, Action.CREATED),
        "change_external_contact.add_external_contact": (Kind.FOLLOW, Action.CREATED),
        "change_external_contact.del_follow_user": (Kind.FOLLOW, Action.REMOVED),
        "change_external_contact.edit_external_contact": (Kind.SYSTEM, Action.UPDATED),
        "change_external_contact.del_external_contact": (Kind.SYSTEM, Action.REMOVED),
        NOTICE: (Kind.SYSTEM, Action.CREATED),
        "kf_account_auth_change": (Kind.SYSTEM, Action.UPDATED),
    }
)
_REPORTS = frozenset(
    {
        "batch_job_result",
        "change_external_contact.edit_external_contact",
        "change_external_contact.del_external_contact",
        NOTICE,
        "kf_account_auth_change",
    }
)


def read_push(fields: Fields, origin: Origin) -> Interaction:
    """The interaction that a push tells of. Raises Unreadable for what is no push."""
    if "MsgType" not in fields and "msgtype" in fields:
        # So a bot of WeCom's own kind is told; its bodies are kept until we have a word for them.
        origin = origin.belonging_to(fields.get("aibotid"))
        at = from_seconds(fields.get("create_time"))
        return origin.unknown(fields, platform=PLATFORM, raw_kind=f"bot.{fields['msgtype']}", event=at)
    if fields.get("Event") == NOTICE and "Token" in fields:
        # Two notices of one second are two: the later one tells of what the earlier did not.
        fields = {**fields, _TICKET_DIGEST: digest_of_bytes(fields["Token"].encode())[:12]}
    return wechat_push.read_push(fields, origin, _DIALECT)


def notices_in(interaction: Interaction) -> str | None:
    """The customer-service account that has something to fetch, if that is what the interaction says."""
    handle = interaction.reply.handle
    return handle.get(SERVICE_ACCOUNT) if interaction.raw_kind == f"event.{NOTICE}" else None


def _answers(push: Push) -> ReplyOptions:
    fields = push.fields
    if push.event == NOTICE:
        names = {SERVICE_ACCOUNT: "OpenKfId", SYNC_TICKET: "Token"}
        return ReplyOptions(handle={name: fields[field] for name, field in names.items() if field in fields})
    is_external = push.event.startswith("change_external_contact")
    if push.event in _REPORTS or push.event == "unsubscribe" or is_external or "FromUserName" not in fields:
        return ReplyOptions()
    # An app may write to a member at any time, as long as that member may see the app.
    handle = {AGENT: fields["AgentID"]} if "AgentID" in fields else {}
    return ReplyOptions(capabilities=(Capability.DIRECT_MESSAGE,), handle=handle)


_DIALECT = Dialect(
    platform=PLATFORM,
    events=_EVENTS,
    reports=_REPORTS,
    key_fields=("CreateTime", "AgentID", "UserID", "OpenKfId", "EventKey", "TaskId", "BatchJob.JobId", _TICKET_DIGEST),
    extensions=(
        "AgentID",
        "EventKey",
        "Format",
        "Location_X",
        "Location_Y",
        "Scale",
        "Latitude",
        "Longitude",
        "Description",
        "UserID",
        "State",
        "Source",
        "OpenKfId",
        "AuthAddOpenKfId",
        "AuthDelOpenKfId",
    ),
    # An event about a customer is the customer's, whoever of the company it names.
    actor_fields=("ExternalUserID", "FromUserName"),
    answers=_answers,
)
