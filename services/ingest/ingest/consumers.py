"""What ingest consumes."""

from huiying.events.brands import BrandCreated
from huiying.events.deliveries import DeliveryAccepted
from huiying.events.moderation import ModerationRequested
from huiying.events.replies import ReplyRequested
from huiying.service.consumer import Handlers
from ingest.storage.unit import IngestUnit
from ingest.usecases.learn_brands import learn_brands
from ingest.usecases.moderate import file_moderations
from ingest.usecases.normalise_deliveries import normalise_deliveries
from ingest.usecases.send_reply import file_replies

HANDLERS: Handlers[IngestUnit] = {
    DeliveryAccepted: normalise_deliveries,
    ReplyRequested: file_replies,
    ModerationRequested: file_moderations,
    BrandCreated: learn_brands,
}
