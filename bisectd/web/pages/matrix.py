# SPDX-License-Identifier: GPL-2.0-or-later
"""Releases by probes by targets."""

from itertools import accumulate

from fastapi import APIRouter, Request, Response

from bisectd.domain.seen import Release
from bisectd.services.shown.grid import grid
from bisectd.web.context import Here
from bisectd.web.pages.render import page
from bisectd.web.pages.values import Row, Word
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
    before: Row = None,
) -> Response:
    """The latest releases first."""
    found = grid(here.store, repository, probe, toolchain, _read(before) if before else None)
    older = _written(found.older) if found.older else None
    firsts = set(accumulate(map(len, found.columns.values()), initial=0))  # where another probe begins
    return page(
        request, visitor, "matrix.html", found=found, probe=probe, before=before, older=older, firsts=firsts
    )


def _written(row: Release) -> str:
    """Several rows may have been committed at once: the time alone is no place among them."""
    return f"{row.committed!r},{row.release:d},{row.name}"


def _read(text: str) -> Release:
    committed, release, name = text.split(",", 2)
    return Release(name, release == "1", float(committed))
