# SPDX-License-Identifier: GPL-2.0-or-later
"""Who looks at a page, and whether a form was sent by a page of ours."""

import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, HTTPException, Request, Response
from starlette.datastructures import FormData

from bisectd.domain.jobs import Token
from bisectd.services import sessions
from bisectd.services.shown.readers import Readers
from bisectd.web.auth import Forbidden
from bisectd.web.context import Context, Here
from bisectd.web.guards import ROOM

SESSION = "bisectd_session"
FORM = "bisectd_form"  # before somebody signs in: what the sign-in form's key is made of
_FIELDS = 40


class SignInFirst(Exception):
    """The page is not for everybody."""


@dataclass(frozen=True)
class Visitor:
    """Somebody. `key`: what the forms of this visitor's pages bring; "" where there is nothing to send."""

    token: Token | None
    key: str

    @property
    def user(self) -> str:
        """The name, "" of somebody who has not signed in."""
        return self.token.user if self.token else ""

    def may(self, scope: str) -> bool:
        """Whether the session has a scope."""
        return self.token is not None and scope in self.token.scopes

    def may_change(self, user: str) -> bool:
        """Whether the jobs of a user are the visitor's to cancel and try again."""
        return self.token is not None and self.token.may_change(user)

    def need(self, scope: str) -> Token:
        """The token, which has the scope. SignInFirst or Forbidden where it has not."""
        if self.token is None:
            raise SignInFirst
        if scope not in self.token.scopes:
            raise Forbidden(scope)
        return self.token


ANYBODY = Visitor(None, "")


def anyone(request: Request, here: Here) -> Visitor:
    """Whoever it is."""
    cookie = request.cookies.get(SESSION)
    token = sessions.token_of(here.store, cookie) if cookie else None
    if token and cookie:
        found = Visitor(token, sessions.form_key(cookie))
    else:
        form = request.cookies.get(FORM)
        found = Visitor(None, sessions.form_key(form) if form else "")
    request.state.visitor = found
    return found


Anyone = Annotated[Visitor, Depends(anyone)]


def reader(here: Here, visitor: Anyone) -> Visitor:
    """Whoever may read."""
    if not here.settings.public_read:
        visitor.need("read")
    return visitor


Reader = Annotated[Visitor, Depends(reader)]


def readers(request: Request) -> Readers:
    """The repositories that pages read."""
    found: Readers = request.app.state.readers
    return found


Repositories = Annotated[Readers, Depends(readers)]


async def form(request: Request, here: Here, visitor: Anyone) -> AsyncIterator[FormData]:
    """A form that was sent by a page of ours. `guards` bound its size, so that it is read whole first."""
    await request.body()
    most = here.settings.mail_bytes + ROOM
    async with request.form(max_files=1, max_fields=_FIELDS, max_part_size=most) as sent:
        key = sent.get("form_key")
        known = isinstance(key, str) and hmac.compare_digest(key.encode(), visitor.key.encode())
        if not visitor.key or not known:
            raise HTTPException(
                HTTPStatus.FORBIDDEN, "this form was not sent by a page of this server: open the page again"
            )
        if any(isinstance(value, str) and "\0" in value for _, value in sent.multi_items()):
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "a field holds a NUL character")
        yield sent


Form = Annotated[FormData, Depends(form)]


def text(sent: FormData, name: str) -> str:
    """A field of a form, without the space around it; "" where there is none."""
    found = sent.get(name)
    return found.strip() if isinstance(found, str) else ""


def keep(response: Response, context: Context, name: str, value: str, life: float) -> None:
    """Set a cookie that no script reads and no other site's form brings."""
    response.set_cookie(
        name,
        value,
        max_age=int(life),
        path="/",
        httponly=True,
        samesite="lax",
        secure=context.settings.url.startswith("https://"),
    )
