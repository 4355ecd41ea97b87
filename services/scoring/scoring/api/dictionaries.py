"""A brand's dictionary: its products, stores, competitors, topics and words."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints

from huiying.errors import Forbidden, Invalid, NotFound, PreconditionFailed, Unauthenticated
from huiying.events.assessments import SentimentLabel
from huiying.http.etag import IfMatch, check_match, etag
from huiying.http.problems import responses
from scoring.api.shapes import Asked, Viewing, Writing
from scoring.api.teaching import BrandInPath, Reader, Tuner
from scoring.domain.codes.dictionary import BrandDictionary
from scoring.usecases.keep_dictionary import dictionary_to_change, keep_dictionary, read_dictionary

router = APIRouter(tags=["dictionaries"])

# Not empty, and no control characters: PostgreSQL refuses one of them.
Word = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$")
]
Names = Annotated[dict[Word, Annotated[list[Word], Field(max_length=50)]], Field(max_length=2_000)]
Topics = Annotated[dict[Word, Annotated[list[Word], Field(max_length=500)]], Field(max_length=200)]


class DictionaryShape(Asked):
    """Names with their aliases, topics and the words that show them, further words, and how some words read."""

    products: Names = {}
    stores: Names = {}
    competitors: Names = {}
    topics: Topics = {}
    words: Annotated[list[Word], Field(max_length=5_000)] = []
    word_rules: Annotated[dict[Word, SentimentLabel], Field(max_length=2_000)] = {}


@router.get(
    "/dictionaries/{brand}", operation_id="getDictionary", responses=responses(Unauthenticated, Forbidden, NotFound)
)
async def get_dictionary(brand: BrandInPath, principal: Reader, unit: Viewing, response: Response) -> DictionaryShape:
    """The brand's dictionary, empty until there is one. Its ETag goes into If-Match of a change."""
    kept = await read_dictionary(unit, brand, principal=principal)
    response.headers["etag"] = etag(kept.version)
    return DictionaryShape.model_validate(msgspec.to_builtins(kept.dictionary))


@router.put(
    "/dictionaries/{brand}",
    operation_id="putDictionary",
    responses=responses(Unauthenticated, Forbidden, NotFound, Invalid, PreconditionFailed),
)
async def put_dictionary(
    brand: BrandInPath,
    body: DictionaryShape,
    principal: Tuner,
    unit: Writing,
    response: Response,
    if_match: IfMatch = None,
) -> DictionaryShape:
    """Put a dictionary in the place of the brand's: texts are read by it within seconds.

    It may have 50,000 names and words.
    """
    held = await dictionary_to_change(unit, brand, principal=principal)
    if if_match is not None:
        check_match(if_match, version=held.dictionary_version)
    await keep_dictionary(unit, held, msgspec.convert(body.model_dump(), BrandDictionary))
    response.headers["etag"] = etag(held.dictionary_version)
    return body
