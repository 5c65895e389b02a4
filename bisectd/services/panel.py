# SPDX-License-Identifier: GPL-2.0-or-later
"""Verdicts asked for by probe and target: from memory, from the store, else from whoever judges."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Protocol

from bisectd.domain.agreement import check
from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.domain.verdict import Verdict
from bisectd.kernel.targets import ALL
from bisectd.services.desk import Desk, Pool, Task
from bisectd.services.fix import Changes


class Hears(Protocol):
    """Hears what a suggestion is about, to show it."""

    def stage(self, what: str) -> None:
        """What is looked for now."""

    def judged(self, setup: Setup, evaluation: Evaluation) -> None:
        """A verdict came: from the store, or from whoever judges."""


class Panel:
    """Asks each question once. With a desk for each of several compilers they must agree.

    `pool` judges; None: the desks do.
    """

    def __init__(self, desks: Sequence[Desk], pool: Pool | None, hears: Hears) -> None:
        self.desk, *self._others = desks
        self.hears = hears
        self._pool = pool
        self._known: dict[Task, Evaluation] = {}

    @property
    def toolchain(self) -> str:
        """The compiler whose code runs, or "all"."""
        return ALL if self._others else self.desk.compiler.name

    @property
    def jobs(self) -> int:
        """How many versions can be judged at once."""
        return self._pool.jobs if self._pool else self.desk.jobs

    def judge(self, tasks: Sequence[Task]) -> dict[Task, Evaluation]:
        """The evaluation of each task. Disagreement where another compiler's code says otherwise."""
        found = self._ask(self.desk, tasks)
        for desk in self._others:
            also = {
                task: replace(task, setup=replace(task.setup, toolchain=desk.compiler.name)) for task in tasks
            }
            others = self._ask(desk, list(also.values()))
            for task, other in also.items():
                seen = {self.desk.compiler.name: found[task], desk.compiler.name: others[other]}
                check(f"{task.setup.probe}, {task.setup.target}", seen)
        return found

    def _ask(self, desk: Desk, tasks: Sequence[Task]) -> dict[Task, Evaluation]:
        unknown = [task for task in dict.fromkeys(tasks) if task not in self._known]
        recalled = desk.recall(unknown)
        left = [task for task in unknown if task not in recalled]
        for task, evaluation in chain(recalled.items(), (self._pool or desk).run(left) if left else ()):
            self._known[task] = evaluation
            self.hears.judged(task.setup, evaluation)
        return {task: self._known[task] for task in tasks}

    def commits(self, setup: Setup, commits: Sequence[str]) -> dict[str, Evaluation]:
        """The evaluations of commits by one setup."""
        found = self.judge([Task(setup, commit) for commit in commits])
        return {task.commit: evaluation for task, evaluation in found.items()}

    def verdict(self, setup: Setup, commit: str) -> Verdict:
        """One commit's verdict."""
        return self.commits(setup, [commit])[commit].observation.verdict

    @property
    def evaluations(self) -> tuple[int, int]:
        """How many versions were judged, and how many of them came from the store."""
        return len(self._known), sum(found.cached for found in self._known.values())


def tasks_for(setups: Sequence[Setup], commit: str, changes: Changes) -> list[Task]:
    """One version, by many setups."""
    frozen = tuple(sorted(changes.items()))
    return [Task(setup, commit, frozen) for setup in setups]


class _Everything:
    """A container of whatever is asked for."""

    def __contains__(self, _: object) -> bool:
        return True


class PanelWorkers:
    """`bisection.Workers` over a panel, for one setup. The panel looks into the store by itself."""

    begun = _Everything()

    def __init__(self, panel: Panel, setup: Setup) -> None:
        self._panel = panel
        self._setup = setup
        self.jobs = panel.jobs

    def begin(self, commits: Sequence[str]) -> None:
        """Nothing is begun ahead of time."""

    def evaluate(self, commits: Sequence[str]) -> Iterator[Evaluation]:
        """See `bisection.Workers`."""
        yield from self._panel.commits(self._setup, commits).values()
