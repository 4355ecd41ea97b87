"""Read texts where it holds up least: by another process, in a thread, or here."""

from collections.abc import Sequence

import anyio.to_thread
import structlog

from huiying.errors import Unavailable
from huiying.observability import metrics
from scoring.domain.assessing import ReadText, Utterance
from scoring.storage.unit import ScoringTools
from scoring.usecases.assess_texts import read_texts

log = structlog.get_logger(__name__)


async def read_utterances(tools: ScoringTools, utterances: Sequence[Utterance]) -> list[ReadText]:
    """What was made of each text, in order."""
    if tools.reading_process is not None:
        try:
            return await tools.reading_process.read(utterances)
        except Unavailable as error:
            # Whatever ended it may be in these texts: here they are read beside everything else, or fail as a bug does.
            metrics.READING_PROCESS_FAILURES.inc()
            log.warning("reading_process_failed", reason=str(error))
    elif tools.own_model is None:
        return read_texts(utterances, tools=tools)
    # The tables take milliseconds; a network may take seconds, for which nothing else here may stand still.
    return await anyio.to_thread.run_sync(lambda: read_texts(utterances, tools=tools))
