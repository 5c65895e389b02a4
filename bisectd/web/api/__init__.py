# SPDX-License-Identifier: GPL-2.0-or-later
"""The REST API: a module a resource (docs/api.md)."""

from fastapi import APIRouter

from bisectd.web.api import (
    catalogue,
    events,
    findings,
    health,
    jobs,
    observations,
    repositories,
    suggestions,
)

router = APIRouter()
for part in (repositories, catalogue, jobs, events, suggestions, observations, findings, health):
    router.include_router(part.router)
