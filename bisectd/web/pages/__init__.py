# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages for people: rendered here, better with the scripts in static/, complete without."""

from fastapi import APIRouter, FastAPI

from bisectd.web.pages import (
    commits,
    history,
    jobs,
    listing,
    matrix,
    observations,
    overview,
    regressions,
    search,
    sign_in,
)
from bisectd.web.pages.render import error, install

__all__ = ["error", "mount", "router"]

router = APIRouter(include_in_schema=False)
for _module in (
    overview,
    regressions,
    history,
    commits,
    matrix,
    jobs,
    observations,
    listing,
    search,
    sign_in,
):
    router.include_router(_module.router)


def mount(app: FastAPI) -> None:
    """Serve styles and scripts, and keep what pages need."""
    install(app)
