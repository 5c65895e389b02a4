# SPDX-License-Identifier: GPL-2.0-or-later
"""Releases by probes by targets."""

from itertools import accumulate

from fastapi import APIRouter, Request, Response

from bisectd.services.shown.grid import grid
from bisectd.web.context import Here
from bisectd.web.pages.render import page
from bisectd.web.pages.values import Time, Word
from bisectd.web.pages.visitor import Reader

router = APIRouter()


@router.get("/matrix")
def matrix(
    request: Request,
    here: Here,
    visitor: Reader,
    repository: Word = "",
    probe: Word = "",
    toolchain: Word = "",
    before: Time = None,
) -> Response:
    """The latest releases first."""
    found = grid(here.store, repository, probe, toolchain, before)
    firsts = set(accumulate(map(len, found.columns.values()), initial=0))  # where another probe begins
    return page(request, visitor, "matrix.html", found=found, probe=probe, before=before, firsts=firsts)
