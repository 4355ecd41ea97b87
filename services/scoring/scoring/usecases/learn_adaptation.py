"""Learn from a brand's corrections how its texts should read, and show what that would change."""

from collections.abc import Sequence
from itertools import islice

import anyio.to_thread
import msgspec

from huiying.auth.principals import Permission, Principal
from huiying.events.assessments import SentimentLabel
from huiying.events.envelope import Value
from huiying.ids import new_id
from scoring.domain.model.sentiment import LABELS
from scoring.domain.teaching.lessons import Learnt, Lessons, learn
from scoring.domain.text.language import read_languages
from scoring.storage.adaptations import AdaptationStatus, drop_drafts
from scoring.storage.corrections import labelled_texts
from scoring.storage.knowledge import held_knowledge
from scoring.storage.learning_tables import AdaptationRow
from scoring.storage.unit import Opener, ScoringTools, ScoringUnit
from scoring.usecases.judge_sentiments import judge_sentiments

LABEL_LIMIT = 2_000
"""The newest labels are learnt from, so many at most: what was said long ago of other products says little."""

_SHOWN_CHANGES = 50


class Change(Value, frozen=True, kw_only=True):
    """A corrected text that would read otherwise: what it was said to be, and what the model says and would say."""

    correction_id: str
    label: SentimentLabel
    before: SentimentLabel
    after: SentimentLabel


async def learn_adaptation(opener: Opener, brand: str, *, principal: Principal) -> AdaptationRow:
    """A draft in the place of the brand's last one; what it would change is measured on labels that it has not seen.

    Nothing reads otherwise until it is applied. Raises NotFound, Forbidden, TooFewLabels.
    """
    principal.demand(Permission.SCORING_TUNE, brand, what=f"brand {brand}")
    async with opener.open_view() as view:
        rows = await labelled_texts(view.session, brand, limit=LABEL_LIMIT)
        tools = view.tools
    labels = [SentimentLabel(row.sentiment) for row in rows]
    # Seconds of work, for which no transaction is held open.
    learnt = await anyio.to_thread.run_sync(lambda: _learnt(tools, [row.text for row in rows], labels))
    changes = _changes(learnt, [row.id for row in rows], labels)
    async with opener.open_unit() as unit:
        return await _kept(unit, brand, learnt, changes, created_by=principal.subject)


def _learnt(tools: ScoringTools, texts: Sequence[str], labels: Sequence[SentimentLabel]) -> Learnt:
    judged = judge_sentiments(tools, texts, readings=read_languages(texts))
    return learn(Lessons.of(texts, labels, rows=judged.rows), model=judged.model)


def _changes(learnt: Learnt, correction_ids: Sequence[str], labels: Sequence[SentimentLabel]) -> list[Change]:
    pairs = zip(correction_ids, labels, learnt.before.tolist(), learnt.after.tolist(), strict=True)
    changed = (
        Change(correction_id=correction_id, label=label, before=LABELS[before], after=LABELS[after])
        for correction_id, label, before, after in pairs
        if before != after
    )
    return list(islice(changed, _SHOWN_CHANGES))


async def _kept(
    unit: ScoringUnit, brand: str, learnt: Learnt, changes: Sequence[Change], *, created_by: str
) -> AdaptationRow:
    await held_knowledge(unit.session, brand)
    await drop_drafts(unit.session, brand)
    draft = AdaptationRow(
        id=new_id(),
        brand=brand,
        model=learnt.adaptation.model,
        status=AdaptationStatus.DRAFT.value,
        content=msgspec.msgpack.encode(learnt.adaptation),
        effect=msgspec.to_builtins(learnt.effect),
        changes=[msgspec.to_builtins(change) for change in changes],
        before_id=None,
        created_by=created_by,
        created_at=unit.clock.now(),
        applied_at=None,
    )
    unit.session.add(draft)
    await unit.session.flush()
    return draft
