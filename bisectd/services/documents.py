# SPDX-License-Identifier: GPL-2.0-or-later
"""What is stored as JSON values: what the API answers, and what the commands on jobs print with --json.

Times are seconds since the epoch, UTC.
"""

from typing import Any

from bisectd.domain.jobs import Asked, Job, JobKind, JobStep, Registered
from bisectd.domain.records import StoredObservation
from bisectd.domain.target import Target
from bisectd.domain.text import without_password
from bisectd.domain.tracking import Backlog, Branch, Delivery, Hook, Point, Timeline, Version
from bisectd.probes.probe import Probe


def question(asked: Asked) -> dict[str, Any]:
    """What a job asks. `commit` or `mail` is the fix of a suggestion."""
    suggests = asked.kind is JobKind.SUGGEST
    return {
        "kind": asked.kind.value,
        "repository": asked.repository,
        "toolchain": asked.toolchain,
        "probe": asked.probe or None,
        "target": asked.target or None,
        "goods": list(asked.goods),
        "bad": None if suggests else asked.bad or None,
        "commit": asked.bad or None if suggests else None,
        "mail": asked.mail or None,
        "patch": asked.number or None,
        "branch": asked.branch or None,
        "branch_name": asked.branch_name or None,
    }


def job_in_list(job: Job) -> dict[str, Any]:
    """A job without its result."""
    return {
        "id": job.id,
        "kind": job.asked.kind.value,
        "state": job.state.value,
        "user": job.user,
        "question": question(job.asked),
        "compiler": job.offer or None,
        "progress": {
            name: job.progress.get(name) for name in ("candidates", "steps_left", "waiting", "stage", "lacks")
        },
        "error": job.error,
        "created": job.created,
        "started": job.started,
        "finished": job.finished,
        "changed": job.changed,
    }


def whole_job(job: Job) -> dict[str, Any]:
    """A job with its result, exactly as `--json` prints it for the same question asked locally."""
    return {**job_in_list(job), "result": dict(job.result) if job.result is not None else None}


def step(found: JobStep) -> dict[str, Any]:
    """A verdict that a job has used."""
    return {
        "id": found.id,
        "commit": found.commit,
        "probe": found.probe,
        "target": found.target,
        "verdict": found.verdict.value,
        "reason": found.reason,
        "fingerprint": found.fingerprint,
        "cached": found.cached,
        "place": found.place,
        "created": found.created,
    }


def repository(found: Registered, *, to_administrator: bool) -> dict[str, Any]:
    """A repository. Where it comes from may say how the server is built; so may why it was not fetched."""
    return {
        "name": found.name,
        "mirrored": found.mirrored,
        "source": without_password(found.source) if to_administrator else None,
        "fetched": found.fetched,
        "error": found.error if to_administrator or not found.error else "the latest fetch failed",
    }


def probe(found: Probe) -> dict[str, Any]:
    """A probe: what it does, and what must hold."""
    return {
        "name": found.name,
        "description": found.description,
        "must_hold": found.must_hold,
        "sources": list(found.sources),
        "targets": list(found.targets),
    }


def target(found: Target) -> dict[str, Any]:
    """A target: what is compiled for and emulated."""
    return {
        "name": found.name,
        "description": found.description,
        "cpu": found.cpu,
        "bits": found.bits,
        "endian": found.endian,
    }


def observation_in_list(found: StoredObservation) -> dict[str, Any]:
    """An observation without its evidence."""
    return {
        "id": found.id,
        "probe": found.key.probe,
        "target": found.key.target,
        "toolchain": found.key.toolchain,
        "verdict": found.observation.verdict.value,
        "reason": found.observation.reason,
        "fingerprint": found.key.fingerprint,
        "unit": found.unit,
        "probe_version": found.key.probe_version,
        "emulator_version": found.key.emulator_version,
        "seconds": found.seconds,
        "created": found.created,
    }


def whole_observation(found: StoredObservation) -> dict[str, Any]:
    """An observation with its evidence: registers, memory, interrupts, trace."""
    return {**observation_in_list(found), "evidence": dict(found.observation.evidence)}


def branch(found: Branch) -> dict[str, Any]:
    """A branch that is followed."""
    return {
        "id": found.id,
        "repository": found.repository_name,
        "name": found.name,
        "stable": found.stable,
        "probes": list(found.probes),
        "targets": list(found.targets),
        "toolchain": found.toolchain,
        "since": found.since or None,
        "head": found.head,
        "scanned": found.scanned,
        "error": found.error,
        "followed": found.followed,
    }


def timeline(found: Timeline) -> dict[str, Any]:
    """One probe on one target along a branch."""
    return {
        "id": found.id,
        "branch": found.branch,
        "branch_name": found.branch_name,
        "probe": found.probe,
        "target": found.target,
        "toolchain": found.toolchain,
        "start": found.start,
        "head": found.head,
        "verdict": found.verdict.value,
        "reason": found.reason,
        "scanned": found.scanned,
    }


def version(found: Version) -> dict[str, Any]:
    """A commit of a branch at which the code, as a probe sees it, became another: the first of a class."""
    return {
        "commit": found.commit,
        "subject": found.subject,
        "committed": found.committed,
        "release": found.release,
        "verdict": found.verdict.value,
        "reason": found.reason,
        "fingerprint": found.fingerprint,
        "observation": found.observation,
        "origin": found.origin,
        "candidates": list(found.candidates),
    }


def point(found: Point) -> dict[str, Any]:
    """A release or the head of a branch, judged."""
    return {
        "name": found.name,
        "series": found.series or None,
        "release": found.release,
        "commit": found.commit,
        "committed": found.committed,
        "probe": found.probe,
        "target": found.target,
        "toolchain": found.toolchain,
        "verdict": found.verdict.value,
        "reason": found.reason,
        "observation": found.observation,
    }


def hook(found: Hook, backlog: Backlog) -> dict[str, Any]:
    """Who is told of what, without its secret, and what was not taken."""
    return {
        "id": found.id,
        "kind": found.kind.value,
        "address": found.address,
        "events": list(found.events),
        "created": found.created,
        "waiting": backlog.waiting,
        "failed": backlog.failed,
        "error": backlog.error,
        "next": backlog.next,
    }


def delivery(found: Delivery) -> dict[str, Any]:
    """A message to a hook."""
    return {
        "id": found.id,
        "event": found.event,
        "body": dict(found.body),
        "state": found.state.value,
        "attempts": found.attempts,
        "due": found.due,
        "error": found.error,
        "created": found.created,
        "finished": found.finished,
    }
