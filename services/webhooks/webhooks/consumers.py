"""What webhooks does with each fact of the public catalogue: the same."""

from huiying.service.consumer import Handlers
from webhooks.domain.catalogue import PUBLIC
from webhooks.storage.unit import WebhooksUnit
from webhooks.usecases.note_facts import note_facts

HANDLERS: Handlers[WebhooksUnit] = dict.fromkeys(PUBLIC, note_facts)
