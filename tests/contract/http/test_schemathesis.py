"""Whatever a description allows, and what it does not, is answered as the description says; never by 5xx."""

from pathlib import Path

import pytest
from schemathesis import GenerationMode

from tests.support.fuzzing import a_probed_service, complaints, operations_of
from tests.support.routes import service_named
from tests.support.sources import SERVICES

EXAMPLES_OF_AN_OPERATION = 8

# Answers for as long as somebody listens.
ENDLESS = frozenset({"streamChanges"})


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("mode", GenerationMode)
def test_a_service_answers_any_call_as_its_description_says(service: str, mode: GenerationMode, tmp_path: Path) -> None:
    operations = list(operations_of(service_named(service), without=ENDLESS))

    with a_probed_service(service_named(service), directory=tmp_path) as prober:
        found = [
            complaint
            for operation in operations
            for complaint in complaints(prober, operation, mode=mode, example_count=EXAMPLES_OF_AN_OPERATION)
        ]

    assert operations
    assert not found, "\n\n".join(found)
