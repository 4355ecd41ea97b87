"""Counts how interactions read."""

from collections.abc import Sequence

from huiying.events.assessments import AssessmentMade
from huiying.events.interactions import Direction
from reporting.domain.cells import Additions, Cell, bucket_of
from reporting.storage.folding import fold
from reporting.storage.known import digest_of, note_labels
from reporting.storage.tables import InteractionCounts
from reporting.storage.unit import ReportingUnit


async def count_assessments(unit: ReportingUnit, assessments: Sequence[AssessmentMade]) -> None:
    """Count the sentiment of each interaction once: the first that is told, as soon as the interaction is counted.

    So assessments of edits, of answers and of what is otherwise not counted change no share.
    """
    labelled: dict[bytes, tuple[str, AssessmentMade]] = {}
    for made in assessments:
        sentiment = made.assessment.sentiment
        if made.direction is Direction.INBOUND and sentiment is not None:
            labelled.setdefault(digest_of(made.interaction_id), (sentiment.label.value, made))
    if not labelled:
        return
    labels = {digest: label for digest, (label, _) in labelled.items()}
    additions = Additions()
    for digest in await note_labels(unit.session, labels, on=unit.clock.now().date()):
        label, made = labelled[digest]
        bucket = bucket_of(made.occurred_at)
        additions.count(Cell(made.brand, bucket, made.platform, made.kind.value, made.account_id), label)
    await fold(unit.session, InteractionCounts, additions)
