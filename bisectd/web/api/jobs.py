# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs: submitted, watched, cancelled, tried again."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Body, Header, Path, Query, Response
from fastapi.responses import PlainTextResponse

from bisectd.domain.jobs import Asked, JobKind, JobState, Token
from bisectd.domain.records import LARGEST
from bisectd.services import bisect_log, documents, jobs
from bisectd.store.jobs import Filter
from bisectd.web.api import models
from bisectd.web.api.paging import LIMIT, Cursor, Limit, after, page
from bisectd.web.api.routing import router as new_router
from bisectd.web.auth import Reader, Submitter, own
from bisectd.web.context import Context, Here
from bisectd.web.openapi import errors

router = new_router("jobs")

Number = Annotated[int, Path(ge=1, le=LARGEST)]
Word = Annotated[str | None, Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        alias="Idempotency-Key",
        description="what the client calls this submission: sent again, it is the same job",
    ),
]
SUBMITTED: dict[str, Any] = {
    "response_model": models.Job,
    "status_code": HTTPStatus.CREATED,
    "responses": {
        HTTPStatus.OK.value: {"model": models.Job, "description": "the job that this submission made before"},
        **errors(
            HTTPStatus.NOT_FOUND,
            HTTPStatus.CONFLICT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.TOO_MANY_REQUESTS,
        ),
    },
}
_CHANGED: dict[str, Any] = {
    "response_model": models.Job,
    "responses": errors(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
}
_LOG = {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "for `git bisect replay`"}


@router.post("/jobs", operation_id="submit_job", **SUBMITTED)
def submit_job(
    here: Here,
    token: Submitter,
    response: Response,
    wanted: Annotated[models.NewJob, Body()],
    idempotency_key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Submit a bisection, a scan, or a suggestion for a commit. Follow it at `jobs/{job}/events`."""
    return submitted(here, token, response, jobs.Submission(_asked(wanted), None, idempotency_key))


def submitted(here: Context, token: Token, response: Response, what: jobs.Submission) -> dict[str, Any]:
    """Queue a job and answer with it."""
    found = jobs.enqueue(here.store, here.settings, token.user, what)
    here.told()
    response.headers["Location"] = f"/api/v1/jobs/{found.job.id}"
    if not found.new:
        response.status_code = HTTPStatus.OK
    return documents.whole_job(found.job)


@router.get("/jobs", operation_id="list_jobs", response_model=models.Page[models.JobInList])
def list_jobs(
    here: Here,
    _: Reader,
    state: Annotated[JobState | None, Query()] = None,
    kind: Annotated[JobKind | None, Query()] = None,
    user: Word = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT,
) -> dict[str, Any]:
    """Jobs, the newest first."""
    return listed(here, Filter(state, user, kind), cursor, limit)


def listed(here: Context, which: Filter, cursor: str | None, limit: int) -> dict[str, Any]:
    """A page of jobs."""
    before = after(cursor)
    with here.store.read() as tx:
        found = tx.jobs.page(which, before, limit + 1)
    return page(found, limit, lambda job: job.id, documents.job_in_list)


@router.get(
    "/jobs/{job}",
    operation_id="get_job",
    response_model=models.Job,
    responses=errors(HTTPStatus.NOT_FOUND),
)
def get_job(here: Here, _: Reader, job: Number) -> dict[str, Any]:
    """A job, with its result once there is one."""
    with here.store.read() as tx:
        return documents.whole_job(tx.jobs.get(job))


@router.get(
    "/jobs/{job}/steps",
    operation_id="list_steps",
    response_model=models.Page[models.Step],
    responses=errors(HTTPStatus.NOT_FOUND),
)
def list_steps(
    here: Here, _: Reader, job: Number, cursor: Cursor = None, limit: Limit = LIMIT
) -> dict[str, Any]:
    """The verdicts that a job has used, in the order in which it came to know them."""
    start = after(cursor) or 0
    with here.store.read() as tx:
        tx.jobs.brief(job)
        found = tx.jobs.steps(job, start, limit + 1)
    return page(found, limit, lambda step: step.id, documents.step)


@router.get(
    "/jobs/{job}/log",
    operation_id="get_bisect_log",
    response_class=PlainTextResponse,
    responses={HTTPStatus.OK.value: _LOG, **errors(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)},
)
def get_bisect_log(here: Here, _: Reader, job: Number) -> PlainTextResponse:
    """The search as a log for `git bisect replay`. 404 where no single commit was found."""
    return PlainTextResponse(bisect_log.of_job(here.store, here.settings, job))


@router.post("/jobs/{job}/cancel", operation_id="cancel_job", **_CHANGED)
def cancel_job(here: Here, token: Submitter, job: Number) -> dict[str, Any]:
    """End a job, by its own user or an administrator. What was observed for it is kept."""
    own(here, token, job)
    return documents.whole_job(jobs.cancel(here.store, job))


@router.post("/jobs/{job}/retry", operation_id="retry_job", **_CHANGED)
def retry_job(here: Here, token: Submitter, job: Number) -> dict[str, Any]:
    """Take up again a job that has ended, by its own user or an administrator."""
    own(here, token, job)
    found = jobs.retry(here.store, here.settings, job)
    here.told()
    return documents.whole_job(found)


def _asked(wanted: models.NewSearch | models.NewSuggestion) -> Asked:
    kind = JobKind(wanted.kind)
    if isinstance(wanted, models.NewSuggestion):
        return Asked(kind, wanted.repository, wanted.toolchain, target=wanted.target, bad=wanted.commit)
    return Asked(
        kind,
        wanted.repository,
        wanted.toolchain,
        wanted.probe,
        wanted.target,
        tuple(wanted.goods),
        wanted.bad,
    )
