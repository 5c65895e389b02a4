# SPDX-License-Identifier: GPL-2.0-or-later
"""Regressions: found by following branches."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query

from bisectd.domain.tracking import RegressionState
from bisectd.services.regressions import listed_as_json, regressions, whole, whole_as_json
from bisectd.store.regressions import Filter
from bisectd.web.api import models
from bisectd.web.api.jobs import Number, Word
from bisectd.web.api.paging import LIMIT, Cursor, Limit, after, page
from bisectd.web.api.routing import router as new_router
from bisectd.web.auth import Reader
from bisectd.web.context import Here
from bisectd.web.openapi import errors

router = new_router("regressions")


@router.get(
    "/regressions",
    operation_id="list_regressions",
    response_model=models.Page[models.RegressionInList],
    responses=errors(HTTPStatus.NOT_FOUND),
)
def list_regressions(
    here: Here,
    _: Reader,
    state: Annotated[RegressionState | None, Query()] = None,
    repository: Word = None,
    introduced: Annotated[
        str | None, Query(pattern="^[0-9a-f]{40,64}$", description="full id of the commit")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT,
) -> dict[str, Any]:
    """Regressions, the newest first."""
    before = after(cursor)
    with here.store.read() as tx:
        number = tx.repositories.known(repository).id if repository else None
    found = regressions(here.store, Filter(state, number, introduced), before, limit + 1)
    return page(found, limit, lambda one: one.regression.id, listed_as_json)


@router.get(
    "/regressions/{regression}",
    operation_id="get_regression",
    response_model=models.Regression,
    responses=errors(HTTPStatus.NOT_FOUND),
)
def get_regression(here: Here, _: Reader, regression: Number) -> dict[str, Any]:
    """One of them: who saw it, which branches have it, what happened to it."""
    return whole_as_json(whole(here.store, regression))
