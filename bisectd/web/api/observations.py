# SPDX-License-Identifier: GPL-2.0-or-later
"""Observations: what probes saw."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query

from bisectd.domain.verdict import Verdict
from bisectd.services import documents
from bisectd.store.observations import Filter
from bisectd.web.api import models
from bisectd.web.api.jobs import Number, Word
from bisectd.web.api.paging import LIMIT, Cursor, Limit, after, page
from bisectd.web.api.routing import router as new_router
from bisectd.web.auth import Reader
from bisectd.web.context import Here
from bisectd.web.openapi import errors

router = new_router("observations")


@router.get(
    "/observations",
    operation_id="list_observations",
    response_model=models.Page[models.ObservationInList],
)
def list_observations(
    here: Here,
    _: Reader,
    probe: Word = None,
    target: Word = None,
    verdict: Annotated[Verdict | None, Query()] = None,
    fingerprint: Word = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT,
) -> dict[str, Any]:
    """Observations without their evidence, the newest first."""
    before = after(cursor)
    with here.store.read() as tx:
        found = tx.observations.page(Filter(probe, target, verdict, fingerprint), before, limit + 1)
    return page(found, limit, lambda one: one.id, documents.observation_in_list)


@router.get(
    "/observations/{observation}",
    operation_id="get_observation",
    response_model=models.Observation,
    responses=errors(HTTPStatus.NOT_FOUND),
)
def get_observation(here: Here, _: Reader, observation: Number) -> dict[str, Any]:
    """One of them, with its evidence: registers, memory, interrupts, trace."""
    with here.store.read() as tx:
        return documents.whole_observation(tx.observations.stored(observation))
