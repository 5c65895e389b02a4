# SPDX-License-Identifier: GPL-2.0-or-later
"""The web application, put together."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from bisectd.settings import Settings
from bisectd.store.store import Store
from bisectd.web import api, pages, problems
from bisectd.web.context import Context

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


def create_app(store: Store, settings: Settings, told: Callable[[], None] = lambda: None) -> FastAPI:
    """The application over one database. `told` is called after something was queued, to tell the broker."""
    app = FastAPI(
        title="bisectd",
        version="1",
        docs_url=None,  # the usual page of documentation is loaded from elsewhere
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.context = Context(store, settings, told)
    app.middleware("http")(_secured)
    problems.install(app)
    app.include_router(api.router, prefix="/api/v1")
    app.include_router(pages.router)
    pages.mount(app)
    return app


async def _secured(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
