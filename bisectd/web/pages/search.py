# SPDX-License-Identifier: GPL-2.0-or-later
"""Search."""

from fastapi import APIRouter, Request, Response

from bisectd.services.shown.search import search
from bisectd.web.context import Here
from bisectd.web.pages.render import page
from bisectd.web.pages.values import Words
from bisectd.web.pages.visitor import Reader, Repositories

router = APIRouter()


@router.get("/search")
def found(request: Request, here: Here, visitor: Reader, readers: Repositories, q: Words = "") -> Response:
    """Whatever is known by these words."""
    return page(request, visitor, "search.html", found=search(here.store, readers, q))
