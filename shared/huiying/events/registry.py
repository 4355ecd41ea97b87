"""Which facts travel where: one table, which the transports, the services and the documents are checked against."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

import msgspec

from huiying.events.accounts import AccountConnected, AccountDegraded, AccountRecovered, AccountRemoved
from huiying.events.alerts import AlertAcknowledged, AlertClosed, AlertEased, AlertEscalated, AlertOpened
from huiying.events.assessments import AssessmentMade
from huiying.events.brands import BrandCreated
from huiying.events.corrections import CorrectionMade, CorrectionRevoked
from huiying.events.deliveries import DeliveryAccepted
from huiying.events.envelope import Event
from huiying.events.interactions import InteractionReceived
from huiying.events.measurements import AccountMeasured, PostImported, PostMeasured
from huiying.events.members import MemberChanged
from huiying.events.moderation import ModerationApplied, ModerationFailed, ModerationRequested
from huiying.events.replies import ReplyFailed, ReplyRequested, ReplySent
from huiying.events.subscriptions import SubscriptionDisabled
from huiying.events.threads import ThreadAnswered, ThreadAssigned, ThreadOpened, ThreadReopened, ThreadResolved

_MIB = 1024 * 1024


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A named log, with everything a broker or a reader of the documents must know about it.

    `partitions` is the number on Kafka; the embedded log has one. `flush_each_record` asks a lone broker to write
    through before it acknowledges, because there is no second replica that would have the record.
    """

    name: str
    description: str
    key: str
    events: tuple[type[Event], ...]
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    owner: str
    partitions: int = 12
    retention: timedelta = timedelta(days=7)
    max_message_bytes: int = _MIB
    flush_each_record: bool = False


TOPICS: tuple[Topic, ...] = (
    Topic(
        name="deliveries",
        description="What platforms delivered, byte for byte.",
        key="account",
        events=(DeliveryAccepted,),
        producers=("ingest",),
        consumers=("ingest",),
        owner="ingest",
        max_message_bytes=6 * _MIB,
        flush_each_record=True,
    ),
    Topic(
        name="interactions",
        description="What people said and did, in one shape.",
        key="account:counterpart",
        events=(InteractionReceived,),
        producers=("ingest",),
        consumers=("scoring", "inbox", "reporting", "webhooks"),
        owner="ingest",
    ),
    Topic(
        name="assessments",
        description="How interactions read.",
        key="account:counterpart",
        events=(AssessmentMade,),
        producers=("scoring",),
        consumers=("inbox", "reporting", "webhooks"),
        owner="scoring",
    ),
    Topic(
        name="corrections",
        description="What people say of assessments that were wrong.",
        key="brand",
        events=(CorrectionMade, CorrectionRevoked),
        producers=("scoring",),
        consumers=("inbox",),
        owner="scoring",
        partitions=3,
        # Kept no longer than interactions are: it holds their words.
    ),
    Topic(
        name="alerts",
        description="The alarms of a crisis that starts.",
        key="alert",
        events=(AlertOpened, AlertEscalated, AlertEased, AlertAcknowledged, AlertClosed),
        producers=("scoring",),
        consumers=("reporting", "webhooks"),
        owner="scoring",
        partitions=3,
        retention=timedelta(days=30),
    ),
    Topic(
        name="replies",
        description="What agents want said, and done to what others said.",
        key="thread",
        events=(ReplyRequested, ModerationRequested),
        producers=("inbox",),
        consumers=("ingest",),
        owner="inbox",
    ),
    Topic(
        name="reply-results",
        description="What became of replies, and of what was asked for besides.",
        key="thread",
        events=(ReplySent, ReplyFailed, ModerationApplied, ModerationFailed),
        producers=("ingest",),
        consumers=("inbox", "webhooks"),
        owner="ingest",
    ),
    Topic(
        name="threads",
        description="What happened to threads.",
        key="thread",
        events=(ThreadOpened, ThreadAnswered, ThreadAssigned, ThreadResolved, ThreadReopened),
        producers=("inbox",),
        consumers=("reporting", "webhooks"),
        owner="inbox",
    ),
    Topic(
        name="measurements",
        description="What accounts publish, and how it does.",
        key="account",
        events=(PostImported, PostMeasured, AccountMeasured),
        producers=("ingest",),
        consumers=("reporting", "webhooks"),
        owner="ingest",
    ),
    Topic(
        name="accounts",
        description="The brands' accounts on platforms.",
        key="account",
        events=(AccountConnected, AccountRemoved, AccountDegraded, AccountRecovered),
        producers=("ingest",),
        consumers=("inbox", "webhooks"),
        owner="ingest",
        partitions=1,
        retention=timedelta(days=30),
    ),
    Topic(
        name="subscriptions",
        description="What happened to subscriptions to outgoing webhooks.",
        key="subscription",
        events=(SubscriptionDisabled,),
        producers=("webhooks",),
        consumers=("webhooks",),
        owner="webhooks",
        partitions=1,
        retention=timedelta(days=30),
    ),
    Topic(
        name="brands",
        description="The brands.",
        key="brand",
        events=(BrandCreated,),
        producers=("identity",),
        consumers=("ingest", "inbox"),
        owner="identity",
        partitions=1,
        retention=timedelta(days=30),
    ),
    Topic(
        name="members",
        description="The people who work here, and their roles.",
        key="member",
        events=(MemberChanged,),
        producers=("identity",),
        consumers=("inbox",),
        owner="identity",
        partitions=1,
        retention=timedelta(days=30),
    ),
)

TOPIC_BY_NAME: Mapping[str, Topic] = MappingProxyType({topic.name: topic for topic in TOPICS})

TOPIC_OF: Mapping[type[Event], Topic] = MappingProxyType({event: topic for topic in TOPICS for event in topic.events})

EVENT_BY_TYPE: Mapping[str, type[Event]] = MappingProxyType({event.type: event for event in TOPIC_OF})
