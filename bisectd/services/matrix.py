# SPDX-License-Identifier: GPL-2.0-or-later
"""One commit judged on several targets, with the code of several compilers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bisectd.domain.agreement import Disagreement, disagree
from bisectd.domain.commit import Commit
from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.domain.verdict import Verdict
from bisectd.services.evaluation import Evaluator
from bisectd.services.report import SCHEMA as BISECT_SCHEMA
from bisectd.services.report import judged

SCHEMA = "bisectd.eval-matrix/1"


@dataclass(frozen=True)
class Row:
    """One target: toolchain → what its code did."""

    target: str
    evaluations: Mapping[str, Evaluation]

    @property
    def verdict(self) -> Verdict | None:
        """What all toolchains say; None where they disagree."""
        if disagree(self.evaluations):
            return None
        return next(iter(self.evaluations.values())).observation.verdict


@dataclass(frozen=True)
class Matrix:
    """A commit, and a row for each target."""

    commit: Commit
    rows: Sequence[Row]


def judge(setups: Mapping[str, Mapping[str, Setup]], rev: str) -> Matrix:
    """Judge a revision with every setup (target → toolchain → setup), one after the other."""
    rows = []
    for target, by_toolchain in setups.items():
        evaluations = {}
        for toolchain, setup in by_toolchain.items():
            with Evaluator.open(setup) as evaluator:
                commit = evaluator.repository.commit(evaluator.repository.resolve(rev))
                evaluations[toolchain] = evaluator.evaluate(commit.id)
        rows.append(Row(target, evaluations))
    return Matrix(commit, rows)


def as_json(matrix: Matrix, seconds: float) -> dict[str, Any]:
    """What `bisectd eval --json` prints for it."""
    return {
        "schema": SCHEMA,
        "commit": matrix.commit.id,
        "subject": matrix.commit.subject,
        "targets": [_row(row) for row in matrix.rows],
        "seconds": round(seconds, 3),
    }


def disagreement_as_json(disagreement: Disagreement) -> dict[str, Any]:
    """What `bisectd bisect --json` prints where toolchains disagree about a commit."""
    first = next(iter(disagreement.evaluations.values()))
    return {
        "schema": BISECT_SCHEMA,
        "outcome": "disagreement",
        "detail": {
            "commit": first.commit,
            "target": disagreement.target,
            "toolchains": {name: judged(found) for name, found in disagreement.evaluations.items()},
        },
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "target": row.target,
        "verdict": row.verdict.value if row.verdict else None,
        "disagreement": row.verdict is None,
        "toolchains": {name: judged(found) for name, found in row.evaluations.items()},
    }
