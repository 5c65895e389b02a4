# SPDX-License-Identifier: GPL-2.0-or-later
"""A job as it is watched: every step with its evidence, the classes, how far the range has narrowed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bisectd.domain.jobs import Job, JobKind, JobStep
from bisectd.domain.verdict import Verdict
from bisectd.services.offers import compiler_of
from bisectd.services.shown.readers import Readers
from bisectd.store.store import Store

MOST = 250  # steps of one page, the latest


@dataclass(frozen=True)
class Told:
    """A step with its commit's subject, and its observation where the code builds."""

    number: int
    step: JobStep
    subject: str
    observation: int | None


@dataclass(frozen=True)
class Class:
    """Versions that behave alike, as far as the job has met them. `commits`: None while that is not known."""

    fingerprint: str | None
    verdict: Verdict
    commits: int | None
    first: str


@dataclass(frozen=True)
class JobPage:
    """Everything about a job. `subjects`: of commits that are named; `left_out`: earlier steps.

    `judged`: how many commits of the range have a verdict.
    """

    job: Job
    steps: Sequence[Told]
    left_out: int
    classes: Sequence[Class]
    subjects: Mapping[str, str]
    tag: str
    judged: int = 0

    @property
    def searches(self) -> bool:
        """Whether it looks for a commit in a range."""
        return self.job.asked.kind in {JobKind.BISECT, JobKind.SCAN}


def mark(store: Store, number: int) -> str:
    """A value that is another one whenever the page would be."""
    with store.read() as tx:
        changed, step = tx.lookups.job_mark(number)
    return f"{number}-{changed}-{step}"


def job_page(store: Store, readers: Readers, number: int) -> JobPage:
    """A job by its number. NotFound where there is none."""
    tag = mark(store, number)
    with store.read() as tx:
        job = tx.jobs.get(number)
        count, judged = tx.lookups.steps_of(number)
        steps = tx.lookups.latest_steps(number, MOST)
        seen = _observations(tx.lookups.observation_numbers, job, steps)
    left_out = count - len(steps)
    named = _named(job, steps)
    commits = readers.commits(job.asked.repository, named)
    subjects = {commit.id: commit.subject for commit in commits.values()}
    told = [
        Told(
            left_out + index,
            step,
            subjects.get(step.commit, ""),
            seen.get((step.probe, step.target, step.fingerprint)),
        )
        for index, step in enumerate(steps, 1)
    ]
    return JobPage(job, told, left_out, _classes(job, steps), subjects, tag, judged)


def _observations(look_up: Any, job: Job, steps: Sequence[JobStep]) -> dict[tuple[str, str, str | None], int]:
    """The observations that the steps rest on: one look for each probe and target."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for step in steps:
        if step.fingerprint:
            wanted.setdefault((step.probe, step.target), set()).add(step.fingerprint)
    return {
        (probe, target, fingerprint): number
        for (probe, target), fingerprints in wanted.items()
        for fingerprint, number in look_up(probe, target, compiler_of(job.offer), fingerprints).items()
    }


def _named(job: Job, steps: Sequence[JobStep]) -> dict[str, None]:
    """The commits whose subjects the page says."""
    result = job.result or {}
    classes = (one["first"] for one in result.get("class_verdicts", ()))
    changes = (
        commit for one in result.get("transitions", ()) for commit in (*one["commits"], *one["parents"])
    )
    ends = (commit for commit in (*job.asked.goods, job.asked.bad) if commit)
    return dict.fromkeys([*ends, *(step.commit for step in steps), *classes, *changes])


def _classes(job: Job, steps: Sequence[JobStep]) -> list[Class]:
    """As the answer lists them; before there is one, as the steps have met them."""
    listed = (job.result or {}).get("class_verdicts")
    if listed:
        return [
            Class(one["fingerprint"], Verdict(one["verdict"]), one["commits"], one["first"]) for one in listed
        ]
    if job.asked.kind not in {JobKind.BISECT, JobKind.SCAN}:
        return []
    met: dict[tuple[str | None, Verdict], str] = {}
    for step in steps:
        met.setdefault((step.fingerprint, step.verdict), step.commit)
    return [Class(fingerprint, verdict, None, first) for (fingerprint, verdict), first in met.items()]
