"""What identity does with facts: nothing. It learns of members and brands from people alone."""

from huiying.service.consumer import Handlers
from identity.storage.unit import IdentityUnit

HANDLERS: Handlers[IdentityUnit] = {}
