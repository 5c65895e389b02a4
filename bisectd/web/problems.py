# SPDX-License-Identifier: GPL-2.0-or-later
"""Errors as RFC 9457 problem details for programs, and as a page for people."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bisectd.domain.errors import BisectdError, Conflict, LimitReached, MachineError, NotFound, UserError
from bisectd.web import pages
from bisectd.web.auth import Forbidden, Unauthorized
from bisectd.web.openapi import methods_of

_API = "/api/"
# The first that fits.
_STATUS: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (LimitReached, HTTPStatus.TOO_MANY_REQUESTS),
    (UserError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (MachineError, HTTPStatus.SERVICE_UNAVAILABLE),
    (Unauthorized, HTTPStatus.UNAUTHORIZED),
    (Forbidden, HTTPStatus.FORBIDDEN),
)
_HEADERS: Mapping[HTTPStatus, Mapping[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": 'Bearer realm="bisectd"'},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "30"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "5"},
}


def install(app: FastAPI) -> None:
    """Answer every error of an application so."""
    for kind in (BisectdError, Unauthorized, Forbidden):
        app.add_exception_handler(kind, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


def problem(
    request: Request, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer to a request that cannot be met."""
    found = {**_HEADERS.get(status, {}), **(headers or {})}
    if not request.url.path.startswith(_API):
        return pages.error(request, status, detail, found)
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return JSONResponse(body, status.value, found, media_type="application/problem+json")


async def _known(request: Request, error: Exception) -> Response:
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    return problem(request, status, str(error) or "this needs a token that is valid")


async def _invalid(request: Request, error: Exception) -> Response:
    first = cast("RequestValidationError", error).errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"{where}: {first['msg']}")


async def _http(request: Request, error: Exception) -> Response:
    found = cast("HTTPException", error)
    status, headers = HTTPStatus(found.status_code), dict(found.headers or {})
    methods = methods_of(request.app, request.url.path) if status is HTTPStatus.METHOD_NOT_ALLOWED else []
    if methods:
        headers["Allow"] = ", ".join(methods)
    return problem(request, status, str(found.detail), headers)


async def _bug(request: Request, error: Exception) -> Response:
    """What nobody has foreseen. The server's log has the traceback, the answer says nothing of it."""
    del error
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "bug in bisectd; its log says more")
