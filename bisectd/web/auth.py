# SPDX-License-Identifier: GPL-2.0-or-later
"""Who asks, and what they may do: bearer tokens for programs."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from bisectd.domain.jobs import Token
from bisectd.services import tokens
from bisectd.web.context import Context, Here


class Unauthorized(Exception):
    """No valid token."""


class Forbidden(Exception):
    """A valid token without the scope that is needed."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"this needs a token with the scope {scope}")


class _Authorization(SecurityBase):
    """The header, for the description of the API: what it holds is judged by `bearer`."""

    def __init__(self) -> None:
        self.model = HTTPBearer(description="a token that `bisectd token create` has made")
        self.scheme_name = "token"

    async def __call__(self, request: Request) -> str | None:
        return request.headers.get("Authorization")


def bearer(here: Here, authorization: Annotated[str | None, Security(_Authorization())]) -> Token | None:
    """The request's token; None where there is none. Unauthorized for one that is not valid."""
    if authorization is None:
        return None
    scheme, _, secret = authorization.partition(" ")
    token = tokens.check(here.store, secret.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        raise Unauthorized
    return token


Bearer = Annotated[Token | None, Depends(bearer)]


def reader(here: Here, token: Bearer) -> Token | None:
    """Whoever may read: everybody, where the server says so."""
    return token if here.settings.public_read else _with(token, "read")


def submitter(token: Bearer) -> Token:
    """Whoever may submit jobs."""
    return _with(token, "submit")


def administrator(token: Bearer) -> Token:
    """Whoever may register repositories."""
    return _with(token, "admin")


Reader = Annotated[Token | None, Depends(reader)]
Submitter = Annotated[Token, Depends(submitter)]
Administrator = Annotated[Token, Depends(administrator)]


def own(here: Context, token: Token, number: int) -> None:
    """Let a token that is to change a job pass: its own user's, or an administrator's. Else Forbidden."""
    with here.store.read() as tx:
        job = tx.jobs.brief(number)
    if not token.may_change(job.user):
        raise Forbidden("admin")


def _with(token: Token | None, scope: str) -> Token:
    if token is None:
        raise Unauthorized
    if scope not in token.scopes:
        raise Forbidden(scope)
    return token
