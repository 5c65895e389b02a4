# SPDX-License-Identifier: GPL-2.0-or-later
"""The semantic summary of a commit on a target: from the store, else by running it."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bisectd.domain.changes import Change, changes
from bisectd.domain.commit import Commit
from bisectd.domain.evaluation import Setup
from bisectd.domain.records import StoredUnit
from bisectd.domain.semantics import Summary
from bisectd.history import Repository
from bisectd.kernel import targets
from bisectd.probes import semantics
from bisectd.probes.probe import Probe
from bisectd.services.evaluation import Evaluator
from bisectd.store.location import database_url
from bisectd.store.store import Store

SCHEMA = "bisectd.semantics/1"
DIFF_SCHEMA = "bisectd.semantics-diff/1"


@dataclass(frozen=True)
class Where:
    """What does not change from target to target. `own_targets` is the text of the user's target file."""

    repository: str
    toolchain: str
    database: str | None
    own_targets: str = ""


@dataclass(frozen=True)
class Summarized:
    """A commit's summary on one target, or the reason why there is none.

    `cached`: it came from the store; nothing was compiled and nothing was run.
    """

    target: str
    summary: Summary | None
    reason: str
    fingerprint: str | None
    unit: str
    cached: bool


def target_names(named: str, own_targets: str = "") -> list[str]:
    """The targets that a user names: one, or "all". UserError with the nearest names."""
    if named == targets.ALL:
        return [target.name for target in targets.all_targets(own_targets)]
    return [targets.find(named, own_targets).name]


@contextmanager
def evaluator_for(where: Where, target: str, probe: Probe = semantics.CODE) -> Iterator[Evaluator]:
    """An evaluator for code that no registry has a probe for; closed at the end."""
    url = database_url(where.database, os.environ)
    setup = Setup(
        str(Path(where.repository).resolve()), probe.name, target, where.toolchain, url, where.own_targets
    )
    with Evaluator(setup, Repository.open(setup.repository), Store.open(url), probe) as evaluator:
        yield evaluator


def summarize(evaluator: Evaluator, commit: str) -> Summarized:
    """The summary of a commit; stored when this returns. MachineError: nothing was learned."""
    known = evaluator.stored_unit(commit)
    recalled = _recall(evaluator, known) if known else None
    if recalled:
        return recalled
    unit, link = evaluator.programs(commit)
    if unit.reason:
        return _summarized(evaluator, unit, None, cached=False)
    found = _recall(evaluator, unit)  # another commit of the class was run before
    if found:
        return found
    started = time.perf_counter()
    summary = semantics.summarize(link, evaluator.target)
    seconds = time.perf_counter() - started
    with evaluator.store.begin() as tx:
        tx.summaries.add(evaluator.key(unit), unit.key, summary, seconds)
    return _summarized(evaluator, unit, summary, cached=False)


def _recall(evaluator: Evaluator, unit: StoredUnit) -> Summarized | None:
    with evaluator.store.read() as tx:
        summary = None if unit.reason else tx.summaries.get(evaluator.key(unit))
    return _summarized(evaluator, unit, summary, cached=True) if summary or unit.reason else None


def _summarized(
    evaluator: Evaluator, unit: StoredUnit, summary: Summary | None, *, cached: bool
) -> Summarized:
    fingerprint = evaluator.key(unit).fingerprint or None
    return Summarized(evaluator.target.name, summary, unit.reason or "", fingerprint, unit.key, cached)


@dataclass(frozen=True)
class Compared:
    """Two commits on one target; no changes and a reason where one of them has no summary."""

    target: str
    before: Summarized
    after: Summarized

    @property
    def reason(self) -> str:
        """Why they cannot be compared; "" where they can."""
        return self.before.reason or self.after.reason

    @property
    def changes(self) -> list[Change]:
        """What the second does otherwise than the first."""
        before, after = self.before.summary, self.after.summary
        return changes(before, after) if before and after else []


def summaries_as_json(commit: Commit, found: Sequence[Summarized]) -> dict[str, Any]:
    """What `bisectd semantics --rev` prints with --json."""
    return {
        "schema": SCHEMA,
        **named(commit),
        "targets": {
            seen.target: {
                "digest": seen.summary.digest if seen.summary else None,
                "reason": seen.reason,
                "fingerprint": seen.fingerprint,
                "unit": seen.unit,
                "cached": seen.cached,
                "effects": seen.summary.as_json() if seen.summary else [],
            }
            for seen in found
        },
    }


def compared_as_json(before: Commit, after: Commit, found: Sequence[Compared]) -> dict[str, Any]:
    """What `bisectd semantics --diff` prints with --json."""
    return {
        "schema": DIFF_SCHEMA,
        "from": named(before),
        "to": named(after),
        "targets": {
            seen.target: {
                "reason": seen.reason,
                "equal": bool(not seen.reason and not seen.changes),
                "changes": [asdict(change) for change in seen.changes],
            }
            for seen in found
        },
    }


def named(commit: Commit) -> dict[str, Any]:
    """A commit as JSON names it."""
    return {"commit": commit.id, "subject": commit.subject, "upstream": commit.upstream}
