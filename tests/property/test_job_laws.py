# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever dies, in whatever order tasks are done: a job comes to the answer of a bisection left in peace."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bisectd.domain.jobs import JobKind, JobState, QueuedTask
from bisectd.services import queue
from bisectd.services.work import perform
from bisectd.store.store import Store
from tests.support.git_repos import build, git
from tests.support.hands import Hands, told
from tests.support.tiny_kernel import bad, broken, good, line_of

MAKERS = {"G": good, "B": bad, "U": broken}
MOST_TASKS = 200  # of a job over this history: far more, and it would not come to an end


@dataclass
class Chaos:
    """Decisions of hypothesis: which of the queued tasks is next, and what becomes of its worker."""

    data: st.DataObject
    held: list[QueuedTask] = field(default_factory=list)

    def step(self, hands: Hands) -> bool:
        """Do one thing; whether there was anything to do."""
        task = hands.claim(f"worker {len(self.held)}")
        if task is None:
            for late in self.held:  # their results come in after the tasks were given to others
                perform(hands.work, late)
            came, self.held = bool(self.held), []
            return bool(hands.sweep()) or came
        match self.data.draw(st.sampled_from(["done", "done", "done", "slow", "dies", "twice", "sweep"])):
            case "done":
                perform(hands.work, task)
            case "slow":
                self.held.append(task)
            case "dies":
                pass
            case "twice":
                perform(hands.work, task)
                perform(hands.work, task)
            case _:
                perform(hands.work, task)
                queue.sweep(hands.store, hands.settings)
        return True


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), word=st.sampled_from(["GGGBBB", "GBGGBB", "GGUBBB", "GUGGUB", "GGGGGG"]))
def test_deaths_and_repetitions_change_no_answer(folder: Path, data: st.DataObject, word: str) -> None:
    repository = folder / word
    trees = [MAKERS[letter](str(number)) for number, letter in enumerate(word)]
    ids = build(repository, line_of(*trees)) if not repository.exists() else _ids(repository)
    calm = _answer(folder, repository, ids, None)
    assert _answer(folder, repository, ids, Chaos(data)) == calm


def _answer(folder: Path, repository: Path, ids: list[str], chaos: Chaos | None) -> list[object]:
    """Two jobs over one range: what they came to. Objects are shared between examples, tasks are not."""
    with TemporaryDirectory(dir=folder) as own, Store.open(str(Path(own) / "x.db")) as store:
        hands = Hands(store, repository, folder / "data", attempts=1_000)
        jobs = [hands.submit([ids[0]], ids[-1], kind) for kind in (JobKind.BISECT, JobKind.SCAN)]
        if chaos is None:
            hands.work_off()
        else:
            steps = 0
            while chaos.step(hands):
                steps += 1
                assert steps < MOST_TASKS
        done = [hands.job(job.id) for job in jobs]
        hands.close()
    assert [job.state for job in done] == [JobState.DONE] * 2, done
    return [told(job.result) for job in done]


def _ids(repository: Path) -> list[str]:

    return git(repository, "rev-list", "--reverse", "main").split()
