"""What the committed descriptions promise: current, one name for each operation, and every way of saying no."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from huiying.http.problems import PROBLEM_TYPE
from scripts.generate.openapi import TARGET, description
from tests.support.sources import SERVICES

VERB_NOUN = re.compile(r"[a-z]+([A-Z][A-Za-z]*)+")
METHODS = {"get", "post", "put", "patch", "delete"}


@cache
def document(service: str) -> dict[str, Any]:
    """A service's description."""
    found: dict[str, Any] = json.loads(description(service))
    return found


def operations(service: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each operation of a service, with how a failure calls it."""
    for path, methods in document(service)["paths"].items():
        for method in methods.keys() & METHODS:
            yield f"{method.upper()} {path}", methods[method]


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_description_is_current(service: str) -> None:
    committed = TARGET / f"{service}.json"

    assert committed.read_text("utf-8") == description(service), "run make contracts"


def test_no_description_is_left_of_a_service_that_is_gone() -> None:
    assert {path.stem for path in TARGET.glob("*.json")} == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_an_operation_is_called_by_a_verb_and_a_noun_and_once(service: str) -> None:
    names = Counter(operation["operationId"] for _, operation in operations(service))

    assert not [name for name, count in names.items() if count > 1 or not VERB_NOUN.fullmatch(name)]


@pytest.mark.parametrize("service", SERVICES)
def test_an_operation_says_how_it_fails_by_problem_documents(service: str) -> None:
    for name, operation in operations(service):
        failures = {
            status: said for status, said in operation["responses"].items() if not status.startswith(("2", "3"))
        }

        assert "default" in failures, name
        assert all(set(said["content"]) == {PROBLEM_TYPE} for said in failures.values()), name


@pytest.mark.parametrize("service", SERVICES)
def test_an_operation_says_how_it_succeeds(service: str) -> None:
    for name, operation in operations(service):
        assert [status for status in operation["responses"] if status.startswith(("2", "3"))], name
        assert operation["description"], name


@pytest.mark.parametrize("service", SERVICES)
def test_every_text_that_comes_in_has_a_bound(service: str) -> None:
    for name, operation in operations(service):
        for parameter in operation.get("parameters", []):
            shapes = parameter["schema"].get("anyOf", [parameter["schema"]])
            free = [shape for shape in shapes if shape.get("type") == "string" and not BOUNDS & set(shape)]

            assert parameter["in"] in {"header", "cookie"} or not free, f"{name}: {parameter['name']}"


BOUNDS = {"maxLength", "enum", "const", "pattern", "format"}
