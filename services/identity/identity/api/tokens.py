"""Tokens: what a gateway asks for on each request, and the keys by which services check the answer."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from huiying.auth.dependencies import public
from huiying.http.problems import responses
from identity.api.shapes import Opening, Tools
from identity.domain.origins import ForeignOrigin
from identity.usecases.authenticate import BadCredentials
from identity.usecases.exchange import Exchange

router = APIRouter(tags=["tokens"])


@router.get(
    "/forward-auth",
    operation_id="exchangeCredentials",
    response_class=Response,
    responses=responses(BadCredentials, ForeignOrigin),
)
@public
async def forward_auth(
    request: Request,
    opener: Opening,
    forwarded_method: Annotated[
        str, Header(alias="X-Forwarded-Method", max_length=16, description="The method of the request at the gateway.")
    ] = "GET",
) -> Response:
    """For a gateway: the `authorization` to send on instead of what came, in a header of the answer.

    Without credentials there is none, and routes decide for themselves whether they are public.
    """
    authorization = await Exchange(opener).authorization(request.headers, method=forwarded_method)
    return Response(headers={"authorization": authorization} if authorization else None)


_KEY_SET = {"type": "object", "required": ["keys"], "properties": {"keys": {"type": "array"}}}


class KeySet(Response):
    """A JWK set, under its own media type."""

    media_type = "application/jwk-set+json"


@router.get(
    "/jwks",
    operation_id="getKeys",
    response_class=KeySet,
    responses={200: {"content": {KeySet.media_type: {"schema": _KEY_SET}}}},
)
@public
async def get_keys(tools: Tools) -> KeySet:
    """The public keys by which access tokens are checked, as a JWK set."""
    return KeySet(tools.public_keys)
