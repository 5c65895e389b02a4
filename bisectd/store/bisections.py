# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions asked, commits visited on the way, answers."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from bisectd.domain.records import Bisection, Question, Step
from bisectd.domain.regression import Transition
from bisectd.store.dialect import insert as insert_new
from bisectd.store.tables.facts import BisectionRow, StepRow, TransitionRow


class Bisections:
    """The tables `bisections`, `bisection_steps` and `transitions`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def start(self, question: Question) -> Bisection:
        """Begin, begin again, or go on: a question has one row, and keeps its latest answer.

        The steps of a run that came to an answer are forgotten; those of one that did not are its way so far.
        """
        values = {
            "key": question.key,
            "repository": question.repository,
            "goods": list(question.goods),
            "bad": question.bad,
            "probe": question.probe,
            "target": question.target,
            "toolchain": question.toolchain,
            "exhaustive": question.exhaustive,
            "started": time.time(),
        }
        self._session.execute(insert_new(BisectionRow, self._session).values(**values))
        row = self._session.scalars(select(BisectionRow).filter_by(key=question.key).with_for_update()).one()
        if row.finished is not None and row.finished >= row.started:
            row.started = time.time()
            self._session.execute(delete(StepRow).filter_by(bisection_id=row.id))
        return _bisection(row)

    def get(self, bisection: int) -> Bisection | None:
        """By number."""
        row = self._session.get(BisectionRow, bisection)
        return _bisection(row) if row else None

    def latest(self, limit: int) -> list[Bisection]:
        """The newest first."""
        rows = self._session.scalars(select(BisectionRow).order_by(BisectionRow.id.desc()).limit(limit))
        return [_bisection(row) for row in rows]

    def add_steps(self, bisection: int, steps: Sequence[Step]) -> None:
        """Remember that commits were asked about, in this order; those that are remembered already stay."""
        rows = [
            {
                "bisection_id": bisection,
                "commit_id": step.commit,
                "verdict": step.verdict,
                "reason": step.reason,
            }
            for step in steps
        ]
        if rows:
            self._session.execute(insert_new(StepRow, self._session), rows)

    def steps(self, bisection: int) -> list[Step]:
        """In the order in which they were asked."""
        rows = select(StepRow).filter_by(bisection_id=bisection).order_by(StepRow.id)
        return [Step(row.commit_id, row.verdict, row.reason) for row in self._session.scalars(rows)]

    def finish(self, bisection: int, outcome: Mapping[str, Any], transitions: Sequence[Transition]) -> None:
        """Store the answer; that of an earlier run gives way."""
        values = {"finished": time.time(), "outcome": dict(outcome)}
        self._session.execute(update(BisectionRow).filter_by(id=bisection).values(**values))
        self._session.execute(delete(TransitionRow).filter_by(bisection_id=bisection))
        rows = [_row(bisection, position, found) for position, found in enumerate(transitions)]
        if rows:
            self._session.execute(insert(TransitionRow), rows)

    def transitions(self, bisection: int) -> list[Transition]:
        """Oldest first, as the search gave them."""
        rows = select(TransitionRow).filter_by(bisection_id=bisection).order_by(TransitionRow.position)
        return [_transition(row) for row in self._session.scalars(rows)]


def _bisection(row: BisectionRow) -> Bisection:
    question = Question(
        repository=row.repository,
        goods=tuple(row.goods),
        bad=row.bad,
        probe=row.probe,
        target=row.target,
        toolchain=row.toolchain,
        exhaustive=row.exhaustive,
    )
    return Bisection(row.id, question, row.started, row.finished, row.outcome)


def _row(bisection: int, position: int, transition: Transition) -> dict[str, Any]:
    return {
        "bisection_id": bisection,
        "position": position,
        "kind": transition.kind,
        "commit_id": transition.commit,
        "parents": list(transition.parents),
        "before": transition.before,
        "after": transition.after,
        "commits": list(transition.commits),
    }


def _transition(row: TransitionRow) -> Transition:
    return Transition(
        kind=row.kind,
        commit=row.commit_id,
        parents=tuple(row.parents),
        before=row.before,
        after=row.after,
        commits=tuple(row.commits),
    )
