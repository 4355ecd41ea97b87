"""How a failure looks over HTTP: RFC 9457 problem documents, and the status of each class.

A document says what the caller can act on and never repeats what was sent in. What only an operator can act on (what is
away, what broke) stays in the log under the document's `trace_id`.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from huiying.errors import (
    Conflict,
    Failure,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Rejected,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from huiying.observability.logs import TRACE_ID_STATE

log = structlog.get_logger(__name__)

PROBLEM_TYPE = "application/problem+json"


class MethodNotAllowed(Rejected):
    """This address does not take that method; `allowed` are those that it takes."""

    code = "method_not_allowed"

    def __init__(self, message: str, *, allowed: Sequence[str]) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class UnsupportedMediaType(Rejected):
    """The body is not JSON, or does not say that it is."""

    code = "unsupported_media_type"


STATUS: Mapping[type[Failure], HTTPStatus] = {
    Failure: HTTPStatus.INTERNAL_SERVER_ERROR,
    Rejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    PreconditionRequired: HTTPStatus.PRECONDITION_REQUIRED,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The status of each class of failure; a subclass has that of its nearest ancestor. Nowhere else is one decided."""


_DETAILS = {
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong here. The log has it under this trace_id.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Something that is needed for this is away. Ask again later.",
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


class FieldProblem(BaseModel):
    """One thing that is wrong with the request."""

    pointer: str = Field(description="JSON pointer into the body; elsewhere /query/…, /path/…, /header/….")
    code: str
    message: str


class Problem(BaseModel):
    """What every refused or failed request is answered with."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    code: str = Field(description="Stable, for programs.")
    errors: list[FieldProblem] = []
    trace_id: str


def status_of(failure: type[Failure]) -> HTTPStatus:
    """The HTTP status of a class of failures."""
    return next(STATUS[ancestor] for ancestor in failure.__mro__ if ancestor in STATUS)


def install(app: FastAPI) -> None:
    """Make `app` answer every failure with a problem document, and say so in its OpenAPI description."""
    app.add_exception_handler(Failure, _on_failure)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(Exception, _on_bug)
    _describe_problems(app)


def responses(*failures: type[Failure]) -> dict[int | str, dict[str, Any]]:
    """What a route declares in `responses=`: the problems it may answer with, by status."""
    found: dict[int | str, dict[str, Any]] = {}
    for failure in failures:
        status = status_of(failure)
        said = found.get(status.value)
        codes = f"{said['description']}, `{failure.code}`" if said else f"{status.phrase}: `{failure.code}`"
        found[status.value] = {"description": codes, "content": _PROBLEM_CONTENT}
    return found


async def send_problem(scope: Scope, receive: Receive, send: Send, failure: Failure) -> None:
    """Answer with a problem from code that is below FastAPI."""
    await problem_response(failure, scope)(scope, receive, send)


def problem_response(failure: Failure, scope: Scope) -> Response:
    """The answer that a failure becomes."""
    status = status_of(type(failure))
    errors = [_field_problem(failure)] if isinstance(failure, Invalid) and failure.pointer else []
    detail = _DETAILS.get(status) or str(failure) or status.phrase
    return _response(scope, status=status, code=failure.code, detail=detail, errors=errors, headers=_headers(failure))


def bug_response(scope: Scope) -> Response:
    """The answer to a request that met a bug: it says nothing but where to look."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _response(scope, status=status, code="internal_error", detail=_DETAILS[status])


def trace_id_of(scope: Scope) -> str:
    """The trace id of this request; empty if no middleware has given it one."""
    return str(scope.get("state", {}).get(TRACE_ID_STATE, ""))


def _response(
    scope: Scope,
    *,
    status: HTTPStatus,
    code: str,
    detail: str,
    errors: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = Problem(
        title=status.phrase,
        status=status.value,
        detail=detail,
        instance=str(scope.get("path", "")),
        code=code,
        errors=list(errors),
        trace_id=trace_id_of(scope),
    )
    content = problem.model_dump_json(exclude_defaults=False)
    return Response(content, status_code=status.value, media_type=PROBLEM_TYPE, headers=dict(headers or {}))


def _headers(failure: Failure) -> dict[str, str]:
    if isinstance(failure, TooMany | Unavailable):
        return {"retry-after": str(failure.retry_after_seconds)}
    if isinstance(failure, Unauthenticated):
        return {"www-authenticate": "Bearer"}
    if isinstance(failure, MethodNotAllowed):
        return {"allow": ", ".join(failure.allowed)}
    return {}


def _field_problem(failure: Invalid) -> FieldProblem:
    return FieldProblem(pointer=failure.pointer, code=failure.code, message=str(failure))


async def _on_failure(request: Request, error: Exception) -> Response:
    if not isinstance(error, Failure):
        raise error
    if status_of(type(error)) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("request_failed", code=error.code, reason=str(error), trace_id=trace_id_of(request.scope))
    return problem_response(error, request.scope)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # The framework says 400 for a body whose bytes are no text, and 422 for text that is no JSON: to us one thing.
        return problem_response(Invalid("The body is not JSON in UTF-8."), request.scope)
    status = HTTPStatus(error.status_code)
    code = re.sub(r"[^a-z]+", "_", status.phrase.lower())
    detail = _DETAILS.get(status) or str(error.detail) or status.phrase
    return _response(request.scope, status=status, code=code, detail=detail, headers=error.headers)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return _response(
        request.scope,
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        code=Invalid.code,
        detail="The request does not have the documented form.",
        errors=[_told(one) for one in error.errors()],
    )


async def _on_bug(request: Request, _error: Exception) -> Response:
    return bug_response(request.scope)


def _told(error: Mapping[str, Any]) -> FieldProblem:
    # These two quote the input: a parser its complaint, a union the tag it was given. A validator that has something
    # to say to the caller raises PydanticCustomError, whose words are its own.
    quotes_input = {"error", "tag"} & set(error.get("ctx") or {})
    message = "This does not have the form that is expected here." if quotes_input else str(error["msg"])
    return FieldProblem(pointer=_pointer(error["loc"]), code=str(error["type"]), message=message)


def _pointer(location: Sequence[str | int]) -> str:
    # A name in the location may be one that the caller made up, so only what looks like a field's name is repeated.
    names = [str(part) if isinstance(part, int) or _NAME.fullmatch(part) else "*" for part in location]
    inside = names[1:] if names[:1] == ["body"] else names
    return "".join(f"/{name}" for name in inside)


_PROBLEM_CONTENT = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_REF_TEMPLATE = "#/components/schemas/{model}"


def _describe_problems(app: FastAPI) -> None:
    """Put the problem document in the place of the framework's own error shapes."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        document = described()
        schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template=_REF_TEMPLATE)
        schemas.update(problem.pop("$defs"))
        schemas["Problem"] = problem
        for path in document.get("paths", {}).values():
            for operation in path.values():
                _describe_operation(operation)
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign] # the documented way to extend the description


def _describe_operation(operation: Mapping[str, Any]) -> None:
    found = operation["responses"]
    if "422" in found:
        found["422"]["content"] = _PROBLEM_CONTENT
    # Too large, not JSON, away, broken: what any route may answer without naming it.
    found.setdefault("default", {"description": "Refused or failed", "content": _PROBLEM_CONTENT})
