# SPDX-License-Identifier: GPL-2.0-or-later
"""The web application, put together."""

from collections.abc import Callable

from fastapi import FastAPI

from bisectd.settings import Settings
from bisectd.store.store import Store
from bisectd.web import api, openapi, pages, problems
from bisectd.web.context import Context
from bisectd.web.guards import Bounded, Headed, Secured


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
    app.add_middleware(Bounded, uploads=settings.mail_bytes)
    app.add_middleware(Secured)
    app.add_middleware(Headed)
    problems.install(app)
    app.include_router(api.router, prefix="/api/v1")
    app.include_router(pages.router)
    pages.mount(app)
    openapi.install(app, public_read=settings.public_read)
    return app
