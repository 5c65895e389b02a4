# SPDX-License-Identifier: GPL-2.0-or-later
"""The REST API: a module a resource (docs/api.md)."""

from fastapi import APIRouter

from bisectd.web.api import (
    branches,
    catalogue,
    events,
    findings,
    health,
    hooks,
    jobs,
    observations,
    regressions,
    repositories,
    suggestions,
)

_PARTS = (
    repositories,
    catalogue,
    jobs,
    events,
    suggestions,
    observations,
    findings,
    regressions,
    branches,
    hooks,
    health,
)

router = APIRouter()
for part in _PARTS:
    router.include_router(part.router)
