"""Whatever a description allows, and what it does not, is answered as the description says; never by 5xx."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from schemathesis import GenerationMode
from starlette.responses import JSONResponse, PlainTextResponse, Response

from huiying.service.app import build_api
from tests.support.fuzzing import a_probed_app, a_probed_service, complaints, operations_in
from tests.support.routes import service_named
from tests.support.sources import SERVICES

EXAMPLES_OF_AN_OPERATION = 8

# Answers for as long as somebody listens.
ENDLESS = frozenset({"streamChanges"})


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("mode", GenerationMode)
def test_a_service_answers_any_call_as_its_description_says(service: str, mode: GenerationMode, tmp_path: Path) -> None:
    operations = list(operations_in(build_api(service_named(service)).openapi(), without=ENDLESS))

    with a_probed_service(service_named(service), directory=tmp_path) as prober:
        found = [
            complaint
            for operation in operations
            for complaint in complaints(prober, operation, mode=mode, example_count=EXAMPLES_OF_AN_OPERATION)
        ]

    assert operations
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (JSONResponse({}, status_code=500), "Server error"),
        (JSONResponse({}, status_code=409), "answers 409"),
        (PlainTextResponse("{}"), "Undocumented Content-Type"),
        (JSONResponse(["not what it says"]), "violates schema"),
    ],
    ids=["a server error", "a status it does not name", "another content type", "another shape"],
)
def test_the_keeper_sees_an_answer_that_is_not_described(answer: Response, said: str) -> None:
    app = FastAPI()
    answers: dict[int | str, dict[str, Any]] = {
        "default": {"description": "Refused", "content": {"application/json": {}}}
    }

    @app.get("/things", operation_id="listThings", responses=answers)
    async def list_things() -> dict[str, str]:
        return answer  # type: ignore[return-value] # that is the point

    with a_probed_app(app) as prober:
        [operation] = operations_in(app.openapi())
        [complaint] = complaints(prober, operation, mode=GenerationMode.POSITIVE, example_count=1)

    assert said in complaint
