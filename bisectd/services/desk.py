# SPDX-License-Identifier: GPL-2.0-or-later
"""Many probes and targets judged in one process: one repository, one database, one compiler, few builders."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, Self

from bisectd.domain.commit import SourceTree
from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.history import Repository
from bisectd.kernel import builder as kernel
from bisectd.kernel import toolchain
from bisectd.services.evaluation import Evaluator
from bisectd.services.scratch import Scratch
from bisectd.store.cache import SqlObjectCache
from bisectd.store.store import Store


@dataclass(frozen=True)
class Task:
    """A commit to judge; with `changes` (path, content or None) the commit's files changed so."""

    setup: Setup
    commit: str
    changes: tuple[tuple[str, bytes | None], ...] = ()


class Pool(Protocol):
    """Whoever performs tasks: this process, or others."""

    @property
    def jobs(self) -> int:
        """How many tasks can run at once."""

    def run(self, tasks: Sequence[Task]) -> Iterable[tuple[Task, Evaluation]]:
        """Judge, in any order; each observation is stored before it is given."""


class _Sharing(Evaluator):
    """An evaluator whose builder is its desk's."""

    desk: "Desk"

    @cached_property
    def _builder(self) -> kernel.Builder:
        return self.desk.builder(self)

    def close(self) -> None:
        """The desk closes what it lends."""


class Desk:
    """Evaluators that share what is dear to open. It is a `Pool` of one.

    One that was opened by name closes its database with it; a store that is lent stays open.
    """

    jobs = 1

    def __init__(self, repository: Repository, store: Store, compiler: toolchain.Toolchain) -> None:
        self.repository = repository
        self.store = store
        self.compiler = compiler
        self._own_store: Store | None = None
        self._evaluators: dict[Setup, _Sharing] = {}
        self._builders: dict[tuple[object, str], tuple[kernel.Builder, Scratch]] = {}

    @classmethod
    def open(cls, repository: str, database: str, toolchain_name: str) -> Self:
        """Open everything. UserError or MachineError where that fails."""
        store = Store.open(database)
        desk = cls(Repository.open(repository), store, toolchain.find(toolchain_name))
        desk._own_store = store
        return desk

    def evaluator(self, setup: Setup) -> Evaluator:
        """The evaluator of a setup, which must name this desk's repository, database and toolchain."""
        if setup not in self._evaluators:
            made = _Sharing(setup, self.repository, self.store, compiler=self.compiler)
            made.desk = self
            self._evaluators[setup] = made
        return self._evaluators[setup]

    def builder(self, evaluator: Evaluator) -> kernel.Builder:
        """One builder for all probes of a target that reach into the same structures."""
        form = kernel.image_form(evaluator.probe.structures)
        key = (evaluator.target.digest, form.name)
        if key not in self._builders:
            scratch = Scratch()
            cache = SqlObjectCache(self.store)
            made = kernel.Builder(evaluator.target, self.compiler, scratch.folder, cache, form=form)
            self._builders[key] = made, scratch
        return self._builders[key][0]

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Evaluation]]:
        """See `Pool`."""
        for task in tasks:
            yield task, self.perform(task)

    def perform(self, task: Task) -> Evaluation:
        """Judge one."""
        evaluator = self.evaluator(task.setup)
        return evaluator.evaluate_tree(self.tree(task)) if task.changes else evaluator.evaluate(task.commit)

    def tree(self, task: Task) -> SourceTree:
        """The files of a task; `tree.commit` is what its evaluation is stored under."""
        tree = self.repository.tree(task.commit)
        return self.repository.patched(tree, dict(task.changes)) if task.changes else tree

    def recall(self, tasks: Sequence[Task]) -> Mapping[Task, Evaluation]:
        """What the store already knows of the tasks."""
        found: dict[Task, Evaluation] = {}
        by_setup: dict[Setup, dict[str, Task]] = {}
        for task in tasks:
            by_setup.setdefault(task.setup, {})[self.stored_as(task)] = task
        for setup, names in by_setup.items():
            for name, evaluation in self.evaluator(setup).recall(list(names)).items():
                found[names[name]] = evaluation
        return found

    def close(self) -> None:
        """Remove the scratch folders, and close the database that it has opened."""
        for builder, scratch in self._builders.values():
            builder.close()
            scratch.remove()
        if self._own_store:
            self._own_store.close()

    def stored_as(self, task: Task) -> str:
        """The id that a task's evaluation is stored under."""
        return self.tree(task).commit if task.changes else task.commit
