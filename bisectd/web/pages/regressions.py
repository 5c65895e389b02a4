# SPDX-License-Identifier: GPL-2.0-or-later
"""Regressions: open and fixed."""

from typing import Literal

from fastapi import APIRouter, Request, Response

from bisectd.domain.tracking import RegressionState
from bisectd.services.regressions import regressions as listed
from bisectd.services.shown import overview
from bisectd.store.regressions import Filter
from bisectd.web.context import Here
from bisectd.web.pages.render import page
from bisectd.web.pages.values import Before, Number
from bisectd.web.pages.visitor import Reader

router = APIRouter()
_ROWS = 50

State = Literal["open", "fixed", "all"]


@router.get("/regressions")
def regressions(
    request: Request, here: Here, visitor: Reader, state: State = "open", before: Before = None
) -> Response:
    """A page of them, the newest first."""
    wanted = None if state == "all" else RegressionState(state)
    found = listed(here.store, Filter(wanted), before, _ROWS + 1)
    older = found[_ROWS - 1].regression.id if len(found) > _ROWS else None
    stable = overview.stable_affected(here.store) if state == "open" and before is None else ()
    return page(
        request,
        visitor,
        "regressions.html",
        found=found[:_ROWS],
        state=state,
        older=older,
        before=before,
        stable=stable,
    )


@router.get("/regressions/{number}")
def regression(request: Request, here: Here, visitor: Reader, number: Number) -> Response:
    """One with its whole life."""
    life = overview.life(here.store, number)
    return page(request, visitor, "regression.html", life=life, one=life.whole.regression)
