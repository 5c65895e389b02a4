# SPDX-License-Identifier: GPL-2.0-or-later
"""Templates rendered: one environment, whose filters make harmless what came out of a repository."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import Enum
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.types import Scope

from bisectd.domain.changes import Change
from bisectd.domain.text import plain, plain_lines
from bisectd.domain.verdict import Verdict
from bisectd.services.shown import words
from bisectd.services.shown.readers import Readers
from bisectd.web.context import Context
from bisectd.web.pages.visitor import ANYBODY, SignInFirst, Visitor

_WEB = Path(__file__).resolve().parent.parent
_STATIC = _WEB / "static"
_SHORT = 12
_KEPT = frozenset({"cleared", "saved", "loaded"})  # what a task loses where it is no longer done
_AGES = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"))


def install(app: FastAPI) -> None:
    """Serve static files; send who has to sign in there; open the repositories that pages read."""
    context: Context = app.state.context
    app.state.readers = Readers(context.store, context.settings.data)
    app.mount("/static", _Static(directory=_STATIC), name="static")
    app.add_exception_handler(SignInFirst, _sign_in_first)


class _Static(StaticFiles):
    """Files whose address has a hash of their content may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if b"v=" in scope.get("query_string", b""):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


async def _sign_in_first(request: Request, _error: Exception) -> Response:
    where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/sign-in?" + urlencode({"next": where}), HTTPStatus.SEE_OTHER)


def page(
    request: Request,
    visitor: Visitor,
    template: str,
    status: HTTPStatus = HTTPStatus.OK,
    **values: Any,
) -> Response:
    """A page. Unchanged since the browser last had it: 304."""
    body = templates().get_template(template).render(visitor=visitor, path=request.url.path, **values)
    tag = '"' + hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()[:32] + '"'
    headers = {"Cache-Control": "private, no-cache", "Vary": "Cookie", "ETag": tag}
    if status is HTTPStatus.OK and request.headers.get("If-None-Match") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return HTMLResponse(body.encode("utf-8", "replace"), status, headers)


def error(request: Request, status: HTTPStatus, detail: str, headers: Mapping[str, str]) -> Response:
    """A page that says what is wrong."""
    visitor: Visitor = getattr(request.state, "visitor", ANYBODY)
    response = page(request, visitor, "error.html", status, title=status.phrase, detail=detail)
    response.headers.update(headers)
    return response


@cache
def templates() -> Environment:
    """The environment, made once: every template is compiled once a process."""
    made = Environment(
        loader=FileSystemLoader(_WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.loopcontrols"],
    )
    made.filters |= {
        "plain": plain,
        "plain_lines": plain_lines,
        "short": lambda commit: commit[:_SHORT],
        "value": _value,
        "iso": lambda seconds: _when(seconds).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "date": lambda seconds: _when(seconds).strftime("%Y-%m-%d"),
        "moment": lambda seconds: _when(seconds).strftime("%Y-%m-%d %H:%M UTC"),
        "mail_date": lambda seconds: format_datetime(_when(seconds)),
        "span": _span,
        "query": _query,
        "worse": _worse,
        "first_of": _first_of,
    }
    made.globals |= {
        "static": _static,
        "words": words,
        "GOOD": Verdict.GOOD,
        "BAD": Verdict.BAD,
        "UNTESTABLE": Verdict.UNTESTABLE,
    }
    return made


def _value(one: Any) -> str:
    """An enumeration by the word that it is known by."""
    return str(one.value) if isinstance(one, Enum) else str(one)


def _when(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # a commit may claim any time
        return datetime.fromtimestamp(0, UTC)


def _span(seconds: float) -> str:
    """How long something took."""
    for unit, name in _AGES:
        if seconds >= unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _query(values: Mapping[str, object]) -> str:
    """A query string of what is not empty."""
    return urlencode({name: value for name, value in values.items() if value not in {None, ""}})


def _first_of(reason: str) -> str:
    """A reason shortened to its first statement, as `bisectd eval --target all` shortens it."""
    first, *more = reason.split("; ")
    return f"{first}; and {len(more)} more" if more else first


def _worse(change: Change) -> bool:
    """Whether a task can suffer from it: bits left behind, registers overwritten or lost."""
    return change.more if change.field in {"clobbered", "ends"} else change.field in _KEPT and not change.more


@cache
def _static(name: str) -> str:
    """The address of a static file, which changes with its content."""
    digest = hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
