"""The process that reads texts for another: see `scoring.clients.reading_process`, which starts it and asks."""

import sys
from collections import OrderedDict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from scoring.clients.reading_process import LENGTH_BYTES, Answer, Asked, Question, framed
from scoring.domain.assessing import Utterance
from scoring.domain.model.text_model import TextModel
from scoring.domain.teaching.knowledge import NO_KNOWLEDGE, BrandKnowledge
from scoring.usecases.assess_texts import read_texts
from scoring.usecases.judge_sentiments import Models, TablesAlone

_BRAND_COUNT = 512


class Reader:
    """Reads texts, with what brands have taught: it keeps what it was told of those that were asked for last."""

    def __init__(self, tools: Models, *, brand_count: int = _BRAND_COUNT) -> None:
        self._tools = tools
        self._brand_count = brand_count
        self._known: OrderedDict[bytes, BrandKnowledge] = OrderedDict()

    def answer(self, question: Question) -> Answer:
        """What was read, or what must be known first."""
        digests = {one.knowledge for one in question.asked if one.knowledge is not None}
        self._learn(question.taught)
        if unknown := digests - self._known.keys():
            return Answer(unknown=sorted(unknown))
        self._keep(digests)
        try:
            return Answer(read=read_texts([self._utterance(one) for one in question.asked], tools=self._tools))
        except Exception as error:  # noqa: BLE001 - who asked reads them too then, and meets it where it is dealt with
            return Answer(failed=type(error).__name__)

    def _learn(self, taught: Mapping[bytes, bytes]) -> None:
        for digest, packed in taught.items():
            self._known[digest] = BrandKnowledge.unpacked(packed)

    def _keep(self, digests: Collection[bytes]) -> None:
        """Drop the knowledge that was asked for longest ago, and none that this question needs."""
        for digest in digests:
            self._known.move_to_end(digest)
        while len(self._known) > max(self._brand_count, len(digests)):
            self._known.popitem(last=False)

    def _utterance(self, one: Asked) -> Utterance:
        return Utterance(
            text=one.text,
            language_hint=one.language_hint,
            followers=one.followers,
            repeated=one.repeated,
            knowledge=NO_KNOWLEDGE if one.knowledge is None else self._known[one.knowledge],
        )


def serve(questions: BinaryIO, answers: BinaryIO, *, reader: Reader) -> None:
    """Answer until there are no more questions, or nobody to hear."""
    while len(length := questions.read(LENGTH_BYTES)) == LENGTH_BYTES:
        question = msgspec.msgpack.decode(questions.read(int.from_bytes(length)), type=Question)
        try:
            answers.write(framed(reader.answer(question)))
            answers.flush()
        except BrokenPipeError:
            return


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer, reader=Reader(TablesAlone(model=TextModel.load(Path(sys.argv[1])))))
