# SPDX-License-Identifier: GPL-2.0-or-later
"""The history of a function: a timeline of versions."""

from fastapi import APIRouter, Request, Response

from bisectd.domain.errors import NotFound
from bisectd.services.shown import timeline
from bisectd.web.context import Here
from bisectd.web.pages.pictures import band
from bisectd.web.pages.render import page
from bisectd.web.pages.values import Before, Which, Word
from bisectd.web.pages.visitor import Reader

router = APIRouter()


@router.get("/history")
def history(
    request: Request,
    here: Here,
    visitor: Reader,
    branch: Which = 0,
    probe: Word = "",
    target: Word = "",
    before: Before = None,
) -> Response:
    """A timeline; without one named, all there are."""
    if not branch:
        return page(request, visitor, "timelines.html", known=timeline.timelines(here.store))
    line = timeline.line(here.store, branch, probe, target, before)
    if line is None:
        raise NotFound("no such timeline: this probe was not followed on this target and branch")
    picture = band(line.versions, line.points, line.end)
    return page(request, visitor, "history.html", line=line, picture=picture, before=before)
