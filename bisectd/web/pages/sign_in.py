# SPDX-License-Identifier: GPL-2.0-or-later
"""Signing in with a token, and out."""

from dataclasses import replace
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bisectd.services import sessions
from bisectd.web.context import Here
from bisectd.web.pages.render import page
from bisectd.web.pages.visitor import FORM, SESSION, Anyone, Form, keep, text

router = APIRouter()
_HOUR = 3600.0


@router.get("/sign-in")
def sign_in(request: Request, here: Here, visitor: Anyone, next: str = "/") -> Response:  # noqa: A002 - its name
    """The form."""
    if visitor.key:
        return page(request, visitor, "sign_in.html", next=_local(next), wrong=False)
    cookie = sessions.fresh()
    known = replace(visitor, key=sessions.form_key(cookie))
    response = page(request, known, "sign_in.html", next=_local(next), wrong=False)
    keep(response, here, FORM, cookie, _HOUR)
    return response


@router.post("/sign-in")
def signed_in(request: Request, here: Here, visitor: Anyone, sent: Form) -> Response:
    """Begin a session, of a new cookie. The one before it ends."""
    where = _local(text(sent, "next"))
    cookie = sessions.begin(here.store, text(sent, "token"))
    if cookie is None:
        return page(request, visitor, "sign_in.html", HTTPStatus.FORBIDDEN, next=where, wrong=True)
    before = request.cookies.get(SESSION)
    if before:
        sessions.end(here.store, before)
    response = RedirectResponse(where, HTTPStatus.SEE_OTHER)
    keep(response, here, SESSION, cookie, sessions.LIFE)
    response.delete_cookie(FORM)
    return response


@router.post("/sign-out")
def sign_out(request: Request, here: Here, sent: Form) -> Response:
    """End the session, here and in the database."""
    del sent
    cookie = request.cookies.get(SESSION)
    if cookie:
        sessions.end(here.store, cookie)
    response = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    response.delete_cookie(SESSION)
    return response


def _local(where: str) -> str:
    """A path of this server: a link must not lead somebody who signs in to another one."""
    sound = where.startswith("/") and not where.startswith(("//", "/\\")) and where.isprintable()
    return where if sound and "\\" not in where else "/"
