"""The promises, held against what was found: a pure comparison that knows nothing of how the run went."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.chaos.ledger import Ledger, Tag
from tests.chaos.observing import Found, Message
from tests.chaos.replies import Desk

_SHOWN = 8
_ENDED = frozenset({"sent", "failed"})


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is wrong, in words, and the figures that are asked for most. Nothing wrong: an empty list."""

    wrong: list[str]
    filed: int
    lost: int
    doubled: int
    out_of_order: int
    replies_sent: int
    replies_failed: int
    replies_doubled: int


def check(ledger: Ledger, desk: Desk, found: Found) -> Verdict:
    """Compare what was acknowledged and promised with what there is."""
    said = [message for message in found.messages if message.is_inbound]
    copies = Counter(message.tag for message in said)
    lost = sorted(ledger.acknowledged - {tag for tag in copies if tag is not None})
    doubled = [str(tag) for tag, count in copies.items() if count > 1]
    disorder = [*_out_of_order(said), *_threads_out_of_order(said)]
    at_platform = Counter(found.at_platforms)
    twice = [text for text, count in at_platform.items() if count > 1]
    statuses = Counter(message.delivery_status for message in found.messages if message.id in desk.accepted)
    wrong = [
        *_told("acknowledged but not filed", lost),
        *_told("filed more than once", doubled),
        *_told("filed but never said", [str(tag) for tag in copies if tag not in ledger.sent]),
        *_told("not in the author's order", disorder),
        *_told("refused by the hook", [f"{tag}: {status}" for tag, status in ledger.refused]),
        *_told("never acknowledged", ledger.given_up),
        *_sums(ledger, found, said),
        *_told("sent to the platform more than once", twice),
        *_replies(desk, found, at_platform),
    ]
    return Verdict(
        wrong=wrong,
        filed=len(said),
        lost=len(lost),
        doubled=len(doubled),
        out_of_order=len(disorder),
        replies_sent=statuses["sent"],
        replies_failed=statuses["failed"],
        replies_doubled=len(twice),
    )


def _sums(ledger: Ledger, found: Found, said: list[Message]) -> Iterator[str]:
    """Every stage has exactly what the stage before it had."""
    count = len(said)
    yield from _told("not assessed", [str(message.tag) for message in said if not message.is_assessed])
    if found.told_assessments != count:
        yield f"scoring told {found.told_assessments} assessments of {count} messages"
    if found.counted != count:
        yield f"reporting counts {found.counted} interactions, the inbox has {count}"
    if found.counted_with_sentiment != count:
        yield f"reporting counts {found.counted_with_sentiment} assessments, the inbox has {count} messages"
    if found.deliveries < ledger.acknowledgements:
        yield f"{ledger.acknowledgements} deliveries were acknowledged, {found.deliveries} are there"
    if found.refused_deliveries:
        yield f"{found.refused_deliveries} deliveries could not be read"
    yield from _told("dead letters", [f"{name}: {number}" for name, number in found.dead_letters.items() if number])


def _out_of_order(said: Iterable[Message]) -> Iterator[str]:
    """In the order in which the inbox took them in, each author's numbers grow."""
    last: dict[int, int] = {}
    for message in sorted(said, key=lambda each: each.id):
        tag = message.tag
        if tag is None:
            continue
        if tag.number < last.get(tag.author, 0):
            yield f"{tag} came after {Tag(tag.author, last[tag.author])}"
        last[tag.author] = tag.number


def _threads_out_of_order(said: Iterable[Message]) -> Iterator[str]:
    """As a thread is shown, each author's numbers grow."""
    last: dict[tuple[str, int], int] = {}
    for message in said:
        tag = message.tag
        if tag is None:
            continue
        place = (message.thread_id, tag.author)
        if tag.number < last.get(place, 0):
            yield f"{tag} is shown after {Tag(tag.author, last[place])}"
        last[place] = tag.number


def _replies(desk: Desk, found: Found, at_platform: Counter[str]) -> Iterator[str]:
    """Each reply that was taken on ended, is one message, and the platform has it if it is called sent."""
    written = {message.id: message for message in found.messages if not message.is_inbound}
    yield from _told("replies lost", [text for reply_id, text in desk.accepted.items() if reply_id not in written])
    yield from _told("replies refused", desk.refusals)
    for reply_id, text in desk.accepted.items():
        status = written[reply_id].delivery_status if reply_id in written else None
        if status not in _ENDED:
            yield f"{text}: still {status}"
        if status == "sent" and not at_platform[text]:
            yield f"{text}: called sent, but the platform never had it"
    echoes = [message.text for reply_id, message in written.items() if reply_id not in desk.accepted]
    yield from _told("messages that nobody wrote", echoes)


def _told(what: str, cases: Iterable[object]) -> Iterator[str]:
    listed = [str(case) for case in cases]
    if listed:
        more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
        yield f"{what}: {', '.join(listed[:_SHOWN])}{more}"
