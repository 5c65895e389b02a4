# SPDX-License-Identifier: GPL-2.0-or-later
"""Suggestions: a fix is uploaded as mail; which commit it fixes, and which kernels want it."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response
from starlette.exceptions import HTTPException

from bisectd.domain.errors import NotFound
from bisectd.domain.jobs import Asked, JobKind, JobState
from bisectd.services import documents, jobs
from bisectd.store.jobs import Filter
from bisectd.web.api import models
from bisectd.web.api.jobs import SUBMITTED, IdempotencyKey, Number, Word, listed, submitted
from bisectd.web.api.paging import LIMIT, Cursor, Limit
from bisectd.web.api.routing import router as new_router
from bisectd.web.auth import Reader, Submitter
from bisectd.web.context import Here
from bisectd.web.openapi import errors

router = new_router("suggestions")

_MEDIA = ("application/mbox", "message/rfc822", "text/plain", "text/x-patch", "application/octet-stream")
_UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "an mbox, as git format-patch and Patchwork write it, one mail, or a diff",
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in _MEDIA},
    }
}
Name = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x20\x7f]+$")]


async def _mail(
    request: Request, content_type: Annotated[str, Header(include_in_schema=False)] = ""
) -> bytes:
    """The body, as it came."""
    media = content_type.partition(";")[0].strip().lower()
    if media not in _MEDIA:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send the fix as {_MEDIA[0]}")
    return await request.body()


@router.post(
    "/suggestions",
    operation_id="submit_suggestion",
    openapi_extra=_UPLOAD,
    **{
        **SUBMITTED,
        "responses": {**SUBMITTED["responses"], **errors(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)},
    },
)
def submit_suggestion(
    here: Here,
    token: Submitter,
    response: Response,
    mail: Annotated[bytes, Depends(_mail)],
    repository: Name,
    target: Name = "all",
    toolchain: Name = "zig",
    patch: Annotated[int | None, Query(ge=1, le=1000, description="of a series: which one")] = None,
    idempotency_key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Submit a fix that is a mail. A fix that is a commit: POST jobs."""
    asked = Asked(JobKind.SUGGEST, repository, toolchain, target=target, number=patch or 0)
    return submitted(here, token, response, jobs.Submission(asked, mail, idempotency_key))


@router.get("/suggestions", operation_id="list_suggestions", response_model=models.Page[models.JobInList])
def list_suggestions(
    here: Here,
    _: Reader,
    state: Annotated[JobState | None, Query()] = None,
    user: Word = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT,
) -> dict[str, Any]:
    """The jobs that suggest, the newest first."""
    return listed(here, Filter(state, user, JobKind.SUGGEST), cursor, limit)


@router.get(
    "/suggestions/{job}",
    operation_id="get_suggestion",
    response_model=models.Job,
    responses=errors(HTTPStatus.NOT_FOUND),
)
def get_suggestion(here: Here, _: Reader, job: Number) -> dict[str, Any]:
    """A job that suggests, with its result once there is one."""
    with here.store.read() as tx:
        found = tx.jobs.get(job)
    if found.asked.kind is not JobKind.SUGGEST:
        raise NotFound(f"job {job} is no suggestion")
    return documents.whole_job(found)
