"""What scoring consumes."""

from huiying.events.interactions import InteractionReceived
from huiying.service.consumer import Handlers
from scoring.storage.unit import ScoringUnit
from scoring.usecases.assess_interactions import assess_interactions

HANDLERS: Handlers[ScoringUnit] = {InteractionReceived: assess_interactions}
