"""The operator's own model, where one is configured and usable; where not, scoring starts without it and says so."""

from importlib import import_module
from pathlib import Path

import structlog

from huiying.observability import metrics
from scoring.domain.model.sentiment import Sentiments

log = structlog.get_logger(__name__)


def load_own_model(directory: Path | None, *, tables: Sentiments, thread_count: int) -> Sentiments | None:
    """The network in `directory`, or None where there is none, or none that works: then the tables answer alone."""
    if directory is None:
        return None
    try:
        # The extra may be missing or made for another machine, and takes memory that nobody needs without a network.
        network = import_module("scoring.clients.onnx_sentiment")
    except ImportError as error:
        _say_refused(directory, f"install huiying-scoring[onnx]: {error}")
        return None
    try:
        found: Sentiments = network.ONNXSentiments.load(directory, tables=tables, thread_count=thread_count)
    except network.NetworkUnusable as error:
        _say_refused(directory, str(error))
        return None
    log.info("own_model_loaded", model=found.name, directory=str(directory))
    return found


def _say_refused(directory: Path, reason: str) -> None:
    metrics.OWN_MODEL_FAILURES.labels("start").inc()
    log.error("own_model_refused", directory=str(directory), reason=reason)
