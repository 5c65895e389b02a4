# SPDX-License-Identifier: GPL-2.0-or-later
"""Classes and transitions: what a finished bisection or scan has found in its range."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query

from bisectd.domain.errors import Conflict, NotFound
from bisectd.domain.jobs import JobKind
from bisectd.domain.records import LARGEST
from bisectd.web.api import models
from bisectd.web.api.paging import LIMIT, Cursor, Limit, page_of_whole
from bisectd.web.api.routing import router as new_router
from bisectd.web.auth import Reader
from bisectd.web.context import Context, Here
from bisectd.web.openapi import errors

router = new_router("findings")

Finished = Annotated[int, Query(ge=1, le=LARGEST, description="a bisection or scan that is done")]
_ERRORS = errors(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


@router.get(
    "/classes",
    operation_id="list_classes",
    response_model=models.Page[models.Class],
    responses=_ERRORS,
)
def list_classes(
    here: Here, _: Reader, job: Finished, cursor: Cursor = None, limit: Limit = LIMIT
) -> dict[str, Any]:
    """The classes that a job has met: commits whose code does the same."""
    return page_of_whole(_result(here, job)["class_verdicts"], cursor, limit, dict)


@router.get(
    "/transitions",
    operation_id="list_transitions",
    response_model=models.Page[models.Transition],
    responses=_ERRORS,
)
def list_transitions(
    here: Here, _: Reader, job: Finished, cursor: Cursor = None, limit: Limit = LIMIT
) -> dict[str, Any]:
    """The commits at which the verdict changes, oldest first. A scan lists all of its range."""
    return page_of_whole(_result(here, job)["transitions"], cursor, limit, dict)


def _result(here: Context, number: int) -> dict[str, Any]:
    with here.store.read() as tx:
        job = tx.jobs.get(number)
    if job.asked.kind not in {JobKind.BISECT, JobKind.SCAN}:
        raise NotFound(f"job {number} is no bisection and no scan")
    if job.result is None:
        raise Conflict(f"job {number} is {job.state.value}: it has no result")
    return dict(job.result)
