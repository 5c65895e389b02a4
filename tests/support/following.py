# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches of small histories followed, in this process."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.domain.tracking import Regression, Whole
from bisectd.services.desk import Desk, Task
from bisectd.services.follow import Wanted, follow_here
from bisectd.services.recording import Recorded
from bisectd.store.store import Store
from bisectd.store.tables import facts
from tests.support.git_repos import git
from tests.support.tiny_kernel import kernel

FIRST_MASK_LOST = "MSR_FP | MSR_FE1"  # clears FE1 and not FE0: another fault than `tiny_kernel.bad`


@dataclass
class Here:
    """A `bisectd.services.desk.Pool` that counts what it was asked; `before`: called before each task."""

    asked: list[Task] = field(default_factory=list)
    before: Callable[[Task], None] = lambda _: None
    jobs: int = 1

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Evaluation]]:
        for task in tasks:
            self.asked.append(task)
            self.before(task)
        setup = tasks[0].setup
        with closing(Desk.open(setup.repository, setup.database, setup.toolchain)) as desk:
            yield from desk.run(tasks)


class Silent:
    """A `Hears`."""

    def stage(self, what: str) -> None: ...

    def judged(self, setup: Setup, evaluation: Evaluation) -> None: ...


@dataclass
class Following:
    """A repository whose branches are moved by hand and followed."""

    path: Path
    database: Path
    pool: Here = field(default_factory=Here)

    def move(self, branch: str, commit: str) -> None:
        git(self.path, "update-ref", f"refs/heads/{branch}", commit)

    def follow(
        self, *branches: str, since: str = "", probes: tuple[str, ...] = ("fpu-giveup-fe",)
    ) -> list[Recorded]:
        wanted = Wanted(
            str(self.path), branches or ("main",), probes, ("pmac32",), "zig", since, str(self.database)
        )
        return follow_here(wanted, self.pool, Silent())

    def events(self, *branches: str, since: str = "") -> list[tuple[str, int, str]]:
        """What following gives: kind, regression and commit of each event."""
        found = self.follow(*branches, since=since)
        return [(event.kind.value, event.regression, event.commit) for one in found for event in one.events]

    def regressions(self) -> list[Whole]:
        """All, with their events, the oldest first."""
        with Store.open(str(self.database)) as store, store.read() as tx:
            return [tx.regressions.whole(one.id) for one in tx.regressions.page(limit=1000)[::-1]]

    def regression(self) -> Regression:
        """The only one."""
        (only,) = self.regressions()
        return only.regression

    def rows(self) -> dict[str, int]:
        """How many rows there are of what is compiled and run."""
        tables = (facts.ObjectRow, facts.UnitRow, facts.ObservationRow, facts.PathSetRow)
        with Store.open(str(self.database)) as store, store._engine.connect() as connection:  # noqa: SLF001
            return {
                table.__tablename__: connection.scalar(select(func.count()).select_from(table)) or 0
                for table in tables
            }


def half(note: str = "") -> dict[str, str]:
    """A version with another fault than `tiny_kernel.bad`: FE0 alone stays set."""
    return kernel(FIRST_MASK_LOST, tail=f"/* {note} */")
