# SPDX-License-Identifier: GPL-2.0-or-later
"""The first page."""

from fastapi import APIRouter, Request, Response

from bisectd.domain.tracking import RegressionState
from bisectd.services.shown.overview import overview
from bisectd.web.context import Here
from bisectd.web.pages.render import page
from bisectd.web.pages.visitor import Reader

router = APIRouter()


@router.get("/")
def first(request: Request, here: Here, visitor: Reader) -> Response:
    """What is broken now, what is being asked, who is at work."""
    found = overview(here.store, here.settings)
    counts = {state.value: count for state, count in found.counts.items()}
    return page(request, visitor, "overview.html", found=found, counts=counts, states=RegressionState)
