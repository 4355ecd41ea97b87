"""Write down what happened to an account, so that its health log tells the story."""

from enum import StrEnum

from huiying.db.statements import insert_all
from huiying.ids import new_id
from ingest.storage.health_tables import HealthEntry
from ingest.storage.unit import IngestUnit

_DETAIL_CHARACTERS = 500


class Severity(StrEnum):
    """Whether anybody need worry."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


async def note(
    unit: IngestUnit, *, account_id: str, brand: str, code: str, detail: str, severity: Severity = Severity.INFO
) -> None:
    """This happened to the account, now."""
    entry = {
        "id": new_id(),
        "account_id": account_id,
        "brand": brand,
        "code": code,
        "severity": severity.value,
        "detail": detail[:_DETAIL_CHARACTERS],
        "at": unit.clock.now(),
    }
    await insert_all(unit.session, HealthEntry, [entry])
