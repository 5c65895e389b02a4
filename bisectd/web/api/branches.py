# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches that are followed, their timelines, and the matrix of releases and heads."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Response

from bisectd.domain.errors import NotFound
from bisectd.domain.tracking import Branch
from bisectd.domain.verdict import Verdict
from bisectd.services import documents
from bisectd.services.follow import follow_from_now
from bisectd.store.branches import Followed
from bisectd.web.api import models
from bisectd.web.api.jobs import Number, Word
from bisectd.web.api.paging import LIMIT, Cursor, Limit, after, page, page_by_id, page_of_whole
from bisectd.web.api.routing import router as new_router
from bisectd.web.auth import Administrator, Reader
from bisectd.web.context import Context, Here
from bisectd.web.openapi import errors

router = new_router("branches")

_MISSING = errors(HTTPStatus.NOT_FOUND)


@router.get(
    "/branches",
    operation_id="list_branches",
    response_model=models.Page[models.Branch],
    responses=_MISSING,
)
def list_branches(
    here: Here, _: Reader, repository: Word = None, cursor: Cursor = None, limit: Limit = LIMIT
) -> dict[str, Any]:
    """The branches that are followed, in the order in which they came to be."""
    with here.store.read() as tx:
        found = tx.branches.all(tx.repositories.known(repository).id if repository else None)
    return page_by_id(found, cursor, limit, documents.branch)


@router.post(
    "/branches",
    operation_id="follow_branch",
    response_model=models.Branch,
    status_code=HTTPStatus.CREATED,
    responses=errors(HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
)
def follow_branch(
    here: Here, _: Administrator, wanted: models.NewBranch, response: Response
) -> dict[str, Any]:
    """Follow a branch from now on; of one that is followed, more probes and targets."""
    probes, targets = tuple(wanted.probes or ()), tuple(wanted.targets or ())
    followed = Followed(wanted.name, probes, targets, wanted.toolchain, wanted.since or "")
    found = follow_from_now(here.store, here.settings.data, wanted.repository, followed)
    response.headers["Location"] = f"/api/v1/branches/{found.id}"
    return documents.branch(found)


@router.get("/branches/{branch}", operation_id="get_branch", response_model=models.Branch, responses=_MISSING)
def get_branch(here: Here, _: Reader, branch: Number) -> dict[str, Any]:
    """One that is followed, or was."""
    return documents.branch(_branch(here, branch))


@router.delete(
    "/branches/{branch}",
    operation_id="unfollow_branch",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_MISSING,
)
def unfollow_branch(here: Here, _: Administrator, branch: Number) -> None:
    """Follow a branch no longer. Its timelines and regressions stay readable."""
    with here.store.begin() as tx:
        if not tx.branches.unfollow(branch):
            raise NotFound(f"no branch {branch} is followed")


@router.get(
    "/branches/{branch}/timelines",
    operation_id="list_timelines",
    response_model=models.Page[models.Timeline],
    responses=_MISSING,
)
def list_timelines(
    here: Here, _: Reader, branch: Number, cursor: Cursor = None, limit: Limit = LIMIT
) -> dict[str, Any]:
    """The timelines of a branch: one for each probe on each target."""
    _branch(here, branch)
    with here.store.read() as tx:
        found = tx.branches.timelines(branch)
    return page_by_id(found, cursor, limit, documents.timeline)


@router.get(
    "/timelines/{timeline}",
    operation_id="get_timeline",
    response_model=models.Timeline,
    responses=_MISSING,
)
def get_timeline(here: Here, _: Reader, timeline: Number) -> dict[str, Any]:
    """One of them."""
    with here.store.read() as tx:
        return documents.timeline(tx.branches.timeline_numbered(timeline))


@router.get(
    "/timelines/{timeline}/versions",
    operation_id="list_versions",
    response_model=models.Page[models.Version],
    responses=_MISSING,
)
def list_versions(
    here: Here, _: Reader, timeline: Number, cursor: Cursor = None, limit: Limit = LIMIT
) -> dict[str, Any]:
    """The classes of behaviour along a branch, oldest first: each from its first commit on."""
    with here.store.read() as tx:
        tx.branches.timeline_numbered(timeline)
        found = tx.branches.versions(timeline)
    return page_of_whole(found, cursor, limit, documents.version)


@router.get(
    "/matrix", operation_id="list_points", response_model=models.Page[models.Point], responses=_MISSING
)
def list_points(
    here: Here,
    _: Reader,
    repository: Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")],
    probe: Word = None,
    target: Word = None,
    verdict: Annotated[Verdict | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT,
) -> dict[str, Any]:
    """Releases and heads of branches by probe and target, judged."""
    start = after(cursor) or 0
    named = {"probe": probe, "target": target, "verdict": verdict}
    wanted = {name: value for name, value in named.items() if value is not None}
    with here.store.read() as tx:
        number = tx.repositories.known(repository).id
        found = tx.branches.page_of_points(number, wanted, start, limit + 1)
    return page(found, limit, lambda one: one[0], lambda one: documents.point(one[1]))


def _branch(here: Context, number: int) -> Branch:
    with here.store.read() as tx:
        try:
            return tx.branches.get(number)
        except KeyError:
            raise NotFound(f"there is no branch {number}") from None
