# SPDX-License-Identifier: GPL-2.0-or-later
"""Observations."""

from fastapi import APIRouter, Request, Response

from bisectd.services.shown.observations import observation_page
from bisectd.web.context import Here
from bisectd.web.pages.render import page
from bisectd.web.pages.values import Number, Other
from bisectd.web.pages.visitor import Reader, Repositories

router = APIRouter()


@router.get("/observations/{number}")
def observation(
    request: Request,
    here: Here,
    visitor: Reader,
    readers: Repositories,
    number: Number,
    against: Other = None,
    commit: str = "",
) -> Response:
    """What a probe saw, and how it differs from another observation; `commit`: with that one's lines."""
    found = observation_page(here.store, readers, number, against, commit)
    return page(request, visitor, "observation.html", found=found, seen=found.seen)
