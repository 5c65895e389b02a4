# SPDX-License-Identifier: GPL-2.0-or-later
"""Repositories: registered by administrators, named by jobs."""

from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import BackgroundTasks, Path, Response

from bisectd.domain.errors import MachineError
from bisectd.domain.jobs import Registered, Token
from bisectd.services import documents, mirrors
from bisectd.web.api import models
from bisectd.web.api.paging import LIMIT, Cursor, Limit, page_by_id
from bisectd.web.api.routing import router as new_router
from bisectd.web.auth import Administrator, Reader
from bisectd.web.context import Context, Here
from bisectd.web.openapi import errors

router = new_router("repositories")
Name = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00-\x20\x7f/]+$")]


@router.get("/repositories", operation_id="list_repositories", response_model=models.Page[models.Repository])
def list_repositories(
    here: Here, token: Reader, cursor: Cursor = None, limit: Limit = LIMIT
) -> dict[str, Any]:
    """The repositories that jobs may name."""
    with here.store.read() as tx:
        found = tx.repositories.all()
    return page_by_id(found, cursor, limit, lambda one: _shown(one, token))


@router.get(
    "/repositories/{name}",
    operation_id="get_repository",
    response_model=models.Repository,
    responses=errors(HTTPStatus.NOT_FOUND),
)
def get_repository(here: Here, token: Reader, name: Name) -> dict[str, Any]:
    """One of them, and how its latest fetch went."""
    return _shown(_named(here, name), token)


@router.post(
    "/repositories",
    operation_id="register_repository",
    response_model=models.Repository,
    status_code=HTTPStatus.CREATED,
    responses=errors(HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
)
def register_repository(
    here: Here,
    token: Administrator,
    wanted: models.NewRepository,
    later: BackgroundTasks,
    response: Response,
) -> dict[str, Any]:
    """Register a repository. A URL is mirrored: the first fetch begins now and may take long."""
    found = mirrors.add(here.store, wanted.name, wanted.source)
    later.add_task(_fetch, here, found)
    response.headers["Location"] = f"/api/v1/repositories/{found.name}"
    return _shown(found, token)


@router.post(
    "/repositories/{name}/fetch",
    operation_id="fetch_repository",
    response_model=models.Repository,
    status_code=HTTPStatus.ACCEPTED,
    responses=errors(HTTPStatus.NOT_FOUND),
)
def fetch_repository(here: Here, token: Administrator, name: Name, later: BackgroundTasks) -> dict[str, Any]:
    """Bring a mirror up to date, beginning now. `fetched` or `error` says when it is done."""
    found = _named(here, name)
    later.add_task(_fetch, here, found)
    return _shown(found, token)


@router.delete(
    "/repositories/{name}",
    operation_id="remove_repository",
    status_code=HTTPStatus.NO_CONTENT,
    responses=errors(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def remove_repository(here: Here, _: Administrator, name: Name) -> None:
    """Let no job name it any more, and follow none of its branches; its mirror is deleted.

    What was learned of it stays readable. 409 while jobs are unfinished on it.
    """
    mirrors.remove(here.store, here.settings.data, name)


def _named(here: Context, name: str) -> Registered:
    with here.store.read() as tx:
        return tx.repositories.named(name)


def _fetch(here: Context, found: Registered) -> None:
    with suppress(MachineError):  # the repository shows it
        mirrors.fetch(here.store, here.settings.data, found)


def _shown(found: Registered, token: Token | None) -> dict[str, Any]:
    return documents.repository(found, to_administrator=token is not None and "admin" in token.scopes)
