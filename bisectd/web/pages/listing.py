# SPDX-License-Identifier: GPL-2.0-or-later
"""The probes and the targets that there are."""

from fastapi import APIRouter, Request, Response

from bisectd.kernel.targets import all_targets
from bisectd.probes.registry import PROBES
from bisectd.web.pages.render import page
from bisectd.web.pages.visitor import Reader

router = APIRouter()


@router.get("/probes")
def probes(request: Request, visitor: Reader) -> Response:
    """What each does, and what must hold."""
    return page(request, visitor, "probes.html", probes=list(PROBES.values()))


@router.get("/targets")
def targets(request: Request, visitor: Reader) -> Response:
    """What is compiled for and emulated."""
    return page(request, visitor, "targets.html", targets=all_targets())
