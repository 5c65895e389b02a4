# SPDX-License-Identifier: GPL-2.0-or-later
"""Hooks: who is told of regressions and jobs. An administrator's concern."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Response

from bisectd.domain.errors import NotFound
from bisectd.domain.tracking import Backlog, DeliveryState, Hook
from bisectd.services import documents
from bisectd.services.hooks import add_mail, add_webhook
from bisectd.web.api import models
from bisectd.web.api.jobs import Number
from bisectd.web.api.paging import LIMIT, Cursor, Limit, after, page, page_by_id
from bisectd.web.api.routing import router as new_router
from bisectd.web.auth import Administrator
from bisectd.web.context import Context, Here
from bisectd.web.openapi import errors

router = new_router("hooks")

_MISSING = errors(HTTPStatus.NOT_FOUND)


@router.get("/hooks", operation_id="list_hooks", response_model=models.Page[models.Hook])
def list_hooks(here: Here, _: Administrator, cursor: Cursor = None, limit: Limit = LIMIT) -> dict[str, Any]:
    """The hooks, oldest first."""
    with here.store.read() as tx:
        found = tx.hooks.all()
        backlogs = {one.id: tx.hooks.backlog(one.id) for one in found}
    return page_by_id(found, cursor, limit, lambda one: documents.hook(one, backlogs[one.id]))


@router.post(
    "/hooks",
    operation_id="add_hook",
    response_model=models.MadeHook,
    status_code=HTTPStatus.CREATED,
    responses=errors(HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
)
def add_hook(here: Here, _: Administrator, wanted: models.NewHook, response: Response) -> dict[str, Any]:
    """Add a webhook or a mail address. The secret that signs what a webhook gets is shown this once."""
    add = add_webhook if wanted.kind == "webhook" else add_mail
    found = add(here.store, wanted.address, wanted.events)
    response.headers["Location"] = f"/api/v1/hooks/{found.id}"
    return {**documents.hook(found, Backlog()), "secret": found.secret or None}


@router.get("/hooks/{hook}", operation_id="get_hook", response_model=models.Hook, responses=_MISSING)
def get_hook(here: Here, _: Administrator, hook: Number) -> dict[str, Any]:
    """One of them, without its secret."""
    found = _hook(here, hook)
    with here.store.read() as tx:
        return documents.hook(found, tx.hooks.backlog(hook))


@router.delete(
    "/hooks/{hook}", operation_id="remove_hook", status_code=HTTPStatus.NO_CONTENT, responses=_MISSING
)
def remove_hook(here: Here, _: Administrator, hook: Number) -> None:
    """Remove a hook, and what was not delivered to it yet."""
    with here.store.begin() as tx:
        if not tx.hooks.remove(hook):
            raise NotFound(f"there is no hook {hook}")


@router.get(
    "/hooks/{hook}/deliveries",
    operation_id="list_deliveries",
    response_model=models.Page[models.Delivery],
    responses=_MISSING,
)
def list_deliveries(
    here: Here,
    _: Administrator,
    hook: Number,
    state: Annotated[DeliveryState | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT,
) -> dict[str, Any]:
    """What was sent to a hook, or waits to be, the newest first."""
    _hook(here, hook)
    before = after(cursor)
    with here.store.read() as tx:
        found = tx.hooks.deliveries(hook, state, limit + 1, before)
    return page(found, limit, lambda one: one.id, documents.delivery)


def _hook(here: Context, number: int) -> Hook:
    with here.store.read() as tx:
        found = tx.hooks.get(number)
    if found is None:
        raise NotFound(f"there is no hook {number}")
    return found
