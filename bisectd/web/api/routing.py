# SPDX-License-Identifier: GPL-2.0-or-later
"""How operations answer: JSON of any text, errors as problems, and ETags on whatever is read."""

import hashlib
import json
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, get_type_hints

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from bisectd.web.auth import Reader
from bisectd.web.openapi import PUBLIC, errors

_CACHING = {"Cache-Control": "no-cache", "Vary": "Authorization"}
_NOT_MODIFIED = {
    "description": "it is as it was when its ETag was If-None-Match",
    "headers": {"ETag": {"schema": {"type": "string"}}},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETags of what the client has",
    "schema": {"type": "string"},
}
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class AnyJson(JSONResponse):
    """JSON in ASCII: text of kernels may hold what UTF-8 cannot say."""

    def render(self, content: Any) -> bytes:
        """See Response."""
        return json.dumps(content, separators=(",", ":"), allow_nan=False).encode()


class Route(APIRoute):
    """An operation; one that reads has a strong ETag: a hash of what it answers."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if set(options["methods"]) == {"GET"}:
            options["responses"] = {
                HTTPStatus.NOT_MODIFIED.value: _NOT_MODIFIED,
                **(options["responses"] or {}),
            }
            options["openapi_extra"] = {
                "parameters": [_IF_NONE_MATCH],
                PUBLIC: Reader in get_type_hints(endpoint, include_extras=True).values(),
                **(options["openapi_extra"] or {}),
            }
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        """See APIRoute."""
        handler = super().get_route_handler()
        if self.methods != {"GET"}:
            return handler

        async def conditional(request: Request) -> Response:
            return _conditional(request, await handler(request))

        return conditional


def router(tag: str) -> APIRouter:
    """A router for one kind of resource."""
    return APIRouter(tags=[tag], route_class=Route, default_response_class=AnyJson, responses=errors())


def _conditional(request: Request, response: Response) -> Response:
    """The answer, or that it has not changed. Streams are left alone."""
    body = getattr(response, "body", None)
    if response.status_code != HTTPStatus.OK or not isinstance(body, bytes):
        return response
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, **_CACHING}
    if _matches(request.headers.get("If-None-Match", ""), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    response.headers.update(headers)
    return response


def _matches(given: str, tag: str) -> bool:
    """RFC 9110: weak comparison, so that an intermediary's W/ does not matter."""
    tags = {one.strip().removeprefix("W/") for one in given.split(",")}
    return "*" in tags or tag in tags
