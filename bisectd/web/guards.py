# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands before every request: headers for browsers, and a bound to what is sent."""

from http import HTTPStatus

import anyio
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UPLOADS = frozenset({"/api/v1/suggestions"})  # whose bodies may have settings.mail_bytes
FORMS = frozenset({"/jobs"})  # the same, in a form with other fields
ROOM = 64 << 10  # for those
BODY_BYTES = 1 << 20  # of any other

# Nothing is loaded from elsewhere, nothing inline is run, and nobody puts the pages into a frame.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Secured:
    """Adds the headers. Streams pass through it as they come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, secured)


class Headed:
    """Answers HEAD as GET without the body. A stream ends where it would begin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def headed(message: Message) -> None:
            if message["type"] != "http.response.body":
                await send(message)
            elif message.get("more_body"):
                stream.cancel()

        with anyio.CancelScope() as stream:
            await self._app({**scope, "method": "GET"}, receive, headed)
        await send({"type": "http.response.body"})


class Bounded:
    """Refuses bodies that are too large, while they come: nobody has to say the length beforehand."""

    def __init__(self, app: ASGIApp, uploads: int) -> None:
        self._app = app
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most(scope["path"])
        seen = 0

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"the body may have {most} bytes",
                    {"Connection": "close"},
                )
            return message

        await self._app(scope, bounded, send)

    def _most(self, path: str) -> int:
        if path in FORMS:
            return self._uploads + ROOM
        return self._uploads if path in UPLOADS else BODY_BYTES
