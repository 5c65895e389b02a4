# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs: listed, submitted, watched, cancelled, tried again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.datastructures import FormData, UploadFile

from bisectd.domain.errors import Conflict, LimitReached, UserError
from bisectd.domain.jobs import Asked, JobKind, JobState
from bisectd.kernel import toolchain
from bisectd.kernel.targets import ALL, all_targets
from bisectd.probes.registry import PROBES
from bisectd.services import bisect_log, jobs, sessions
from bisectd.services.shown.jobs import job_page, mark
from bisectd.services.targets import sensible
from bisectd.store.jobs import Filter
from bisectd.web.auth import own
from bisectd.web.context import Context, Here
from bisectd.web.pages.pictures import narrowing
from bisectd.web.pages.render import page, templates
from bisectd.web.pages.values import Before, Number, Word
from bisectd.web.pages.visitor import Form, Reader, Repositories, Visitor, text

T = TypeVar("T", JobState, JobKind)

router = APIRouter()
_ROWS = 50
_KEY = 64  # digits of an idempotency key


@router.get("/jobs")
def listed(
    request: Request,
    here: Here,
    visitor: Reader,
    state: Word = "",
    kind: Word = "",
    user: Word = "",
    before: Before = None,
) -> Response:
    """The newest first."""
    which = Filter(_one(JobState, state), user or None, _one(JobKind, kind))
    with here.store.read() as tx:
        found = tx.lookups.jobs(which, before, _ROWS + 1)
    older = found[_ROWS - 1].id if len(found) > _ROWS else None
    values = {"state": state, "kind": kind, "user": user}
    choices = {"state": [one.value for one in JobState], "kind": [one.value for one in JobKind]}
    return page(
        request,
        visitor,
        "jobs.html",
        found=found[:_ROWS],
        older=older,
        before=before,
        values=values,
        choices=choices,
    )


def _one(kind: type[T], name: str) -> T | None:
    return kind(name) if name in {member.value for member in kind} else None


# -- to submit --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a form that was sent, and what stood in it; `form` "": in both."""

    line: str
    form: str
    values: Mapping[str, str]


@router.get("/jobs/new")
def new(request: Request, here: Here, visitor: Reader) -> Response:
    """The forms, filled in as the address says."""
    visitor.need("submit")
    given = {name: value for name, value in request.query_params.items() if name in _NAMES}
    return _forms(request, here, visitor, Mistake("", "", given))


_FORMS = ("bisect", "suggest")
_NAMES = ("repository", "good", "bad", "probe", "target", "toolchain", "exhaustive", "commit")


def _forms(
    request: Request, here: Context, visitor: Visitor, mistake: Mistake, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    with here.store.read() as tx:
        repositories = [one.name for one in tx.repositories.all()]
    return page(
        request,
        visitor,
        "new_job.html",
        status,
        repositories=repositories,
        probes=list(PROBES.values()),
        targets=all_targets(),
        toolchains=toolchain.names(),
        mistake=mistake,
        values={form: _values(form, mistake) for form in _FORMS},
        keys=(sessions.fresh(), sessions.fresh()),
        most=here.settings.mail_bytes,
    )


def _values(form: str, mistake: Mistake) -> dict[str, str]:
    """What stands in a form: what was sent of it, or given for it; a bisection's target fits its probe."""
    given = mistake.values if mistake.form in {"", form} else {}
    values = {**dict.fromkeys(_NAMES, ""), **given}
    if form == "bisect" and not values["target"]:
        probe = PROBES.get(values["probe"]) or next(iter(PROBES.values()))
        values["target"] = sensible(probe, "")[0].name
    return values


@router.post("/jobs")
def submit(request: Request, here: Here, visitor: Reader, sent: Form) -> Response:
    """Queue a job, and go to its page. Sent twice it is one job."""
    token = visitor.need("submit")
    key = text(sent, "idempotency_key")[:_KEY] or None
    try:
        job = jobs.submit(
            here.store, here.settings, token.user, jobs.Submission(_asked(sent), _mail(sent, here), key)
        )
    except (UserError, LimitReached, Conflict) as error:
        values = {name: text(sent, name) for name in _NAMES}
        mistake = Mistake(str(error), text(sent, "form"), values)
        return _forms(request, here, visitor, mistake, HTTPStatus.UNPROCESSABLE_ENTITY)
    here.told()
    return RedirectResponse(f"/jobs/{job.id}", HTTPStatus.SEE_OTHER)


def _asked(sent: FormData) -> Asked:
    repository, tool = text(sent, "repository"), text(sent, "toolchain") or toolchain.names()[0]
    if text(sent, "form") == "suggest":
        commit = text(sent, "commit")
        return Asked(JobKind.SUGGEST, repository, tool, target=text(sent, "target") or ALL, bad=commit)
    kind = JobKind.SCAN if text(sent, "exhaustive") else JobKind.BISECT
    goods, bad = tuple(text(sent, "good").split()), text(sent, "bad")
    if not bad:
        raise UserError("name a bad revision")
    return Asked(kind, repository, tool, text(sent, "probe"), text(sent, "target"), goods, bad)


def _mail(sent: FormData, here: Context) -> bytes | None:
    """The fix, as a file or pasted; None for a commit. UserError where it is none of these, or several."""
    if text(sent, "form") != "suggest":
        return None
    given = [found for found in (_file(sent, here), _pasted(sent)) if found]
    if text(sent, "commit") and not given:
        return None
    if text(sent, "commit") or len(given) != 1:
        raise UserError("give the fix in one way: a commit, a file, or pasted text")
    return given[0]


def _pasted(sent: FormData) -> bytes:
    """The text area; browsers send its lines with CR LF, whatever was pasted."""
    found = text(sent, "patch").replace("\r\n", "\n")
    return f"{found}\n".encode("utf-8", "replace") if found else b""


def _file(sent: FormData, here: Context) -> bytes:
    file = sent.get("mbox")
    return file.file.read(here.settings.mail_bytes + 1) if isinstance(file, UploadFile) else b""


# -- to watch ---------------------------------------------------------------------------------------------


@router.get("/jobs/{number}")
def shown(request: Request, here: Here, visitor: Reader, readers: Repositories, number: Number) -> Response:
    """A job. While it is at work a script asks for the fragment; without scripts the page comes anew."""
    found = job_page(here.store, readers, number)
    return page(request, visitor, "job.html", found=found, job=found.job, picture=narrowing(found))


@router.get("/jobs/{number}/fragment")
def fragment(
    request: Request, here: Here, visitor: Reader, readers: Repositories, number: Number
) -> Response:
    """What changes of a job's page, alone. Unchanged: 304, and next to no work."""
    tag = f'"{mark(here.store, number)}"'
    headers = {"Cache-Control": "private, no-cache", "Vary": "Cookie", "ETag": tag}
    if request.headers.get("If-None-Match") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    found = job_page(here.store, readers, number)
    body = (
        templates()
        .get_template("job_live.html")
        .render(visitor=visitor, found=found, job=found.job, picture=narrowing(found))
    )
    headers["ETag"] = f'"{found.tag}"'
    return Response(body, media_type="text/html", headers=headers)


@router.get("/jobs/{number}/log")
def log(here: Here, visitor: Reader, number: Number) -> Response:
    """What `git bisect replay` takes."""
    del visitor
    headers = {"Content-Disposition": f'attachment; filename="bisect-{number}.log"'}
    return PlainTextResponse(bisect_log.of_job(here.store, here.settings, number), headers=headers)


@router.post("/jobs/{number}/cancel")
def cancel(here: Here, visitor: Reader, sent: Form, number: Number) -> Response:
    """End a job, by its own user or an administrator."""
    del sent
    own(here, visitor.need("submit"), number)
    jobs.cancel(here.store, number)
    return RedirectResponse(f"/jobs/{number}", HTTPStatus.SEE_OTHER)


@router.post("/jobs/{number}/retry")
def retry(here: Here, visitor: Reader, sent: Form, number: Number) -> Response:
    """Take a job up again, by its own user or an administrator."""
    del sent
    own(here, visitor.need("submit"), number)
    jobs.retry(here.store, here.settings, number)
    here.told()
    return RedirectResponse(f"/jobs/{number}", HTTPStatus.SEE_OTHER)


def effects(rows: Sequence[Mapping[str, str]]) -> dict[str, dict[str, list[str]]]:
    """Effect → probe → targets, of a suggestion's probes."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        found.setdefault(row["effect"], {}).setdefault(row["probe"], []).append(row["target"])
    return found


templates().globals["effects"] = effects
