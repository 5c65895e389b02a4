# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole bisection over random real histories, against brute force over all commits.

Git, the walk, the search and the store are real. Only the compile is not: a worker at the port `Workers`
reads the verdict from a file of the commit, so that hundreds of histories can be searched.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.domain.observation import Observation
from bisectd.domain.records import StoredUnit
from bisectd.domain.regression import BadMergeBase, Culprit, NoRegression, Range, Untestable
from bisectd.domain.verdict import Verdict
from bisectd.history import Repository
from bisectd.kernel import targets
from bisectd.probes.registry import find
from bisectd.services.bisection import bisect, resolve
from bisectd.services.evaluation import Evaluator
from bisectd.services.report import Report
from bisectd.store.store import Store
from tests.support.git_repos import Version, build

FILE = "arch/powerpc/kernel/process.c"
LETTERS = {"G": Verdict.GOOD, "B": Verdict.BAD, "U": Verdict.UNTESTABLE}


class _Silent:
    def searching(self, candidates: Sequence[str]) -> None:
        del candidates

    def evaluated(self, evaluation: Evaluation, steps_left: int) -> None:
        del evaluation, steps_left


class _Reader:
    """Stands where the evaluator and its workers stand; a unit is the one file."""

    def __init__(self, repository: Repository, store: Store, jobs: int) -> None:
        self.repository, self.store, self.jobs = repository, store, jobs
        self.setup = Setup(str(repository.path), "probe", "pmac32", "zig", store.url)
        self.target = targets.find("pmac32")
        self.probe = find("fpu-giveup-fe")
        self.begun: frozenset[str] = frozenset()

    def recall(self, commits: Sequence[str]) -> dict[str, Evaluation]:
        del commits
        return {}

    def begin(self, commits: Sequence[str]) -> None:
        del commits

    def evaluate(self, commits: Sequence[str]) -> Iterator[Evaluation]:
        for commit in commits:
            text = self.repository.tree(commit).read(FILE).decode()
            verdict = LETTERS[text[0]]
            with self.store.begin() as tx:
                tx.units.add(StoredUnit(text, "target", "zig", None, {}, {}), [FILE])
            reason = "" if verdict is Verdict.GOOD else "as the file says"
            yield Evaluation(commit, text, text, Observation(verdict, reason), cached=False)


@st.composite
def histories(draw: st.DrawFn, letters: str) -> list[Version]:
    """Up to 14 versions; each has up to three parents, keeps a parent's file or writes a new one."""
    versions: list[Version] = [Version({FILE: "G0", "other": "0"})]
    for number in range(1, draw(st.integers(3, 14))):
        parents = tuple(draw(st.lists(st.integers(0, number - 1), min_size=1, max_size=3, unique=True)))
        fresh = draw(st.sampled_from(letters)) + str(number)
        kept = versions[draw(st.sampled_from(parents))].files[FILE]
        text = draw(st.sampled_from([kept, fresh]))
        versions.append(Version({FILE: text, "other": str(number)}, parents=parents))
    return versions


def _search(versions: list[Version], jobs: int, *, exhaustive: bool) -> tuple[Report, list[str]]:
    with TemporaryDirectory() as folder:
        ids = build(Path(folder) / "repository", versions)
        repository = Repository.open(Path(folder) / "repository")
        with Store.open(str(Path(folder) / "facts.db")) as store:
            reader = _Reader(repository, store, jobs)
            evaluator = cast("Evaluator", reader)
            question = resolve(evaluator, reader, [ids[0]], ids[-1], exhaustive=exhaustive)
            return bisect(question, evaluator, reader, _Silent()), ids


def _introductions(versions: list[Version]) -> set[int]:
    """BAD with all parents GOOD, by definition, over all commits."""
    letter = [str(version.files[FILE])[0] for version in versions]
    return {
        number
        for number, version in enumerate(versions)
        if letter[number] == "B" and version.parents and all(letter[at] == "G" for at in version.parents)
    }


@settings(max_examples=60, deadline=None)
@given(histories("GB"), st.integers(1, 4), st.booleans())
def test_a_culprit_is_one_by_brute_force(versions: list[Version], jobs: int, exhaustive: bool) -> None:
    report, ids = _search(versions, jobs, exhaustive=exhaustive)
    true = {ids[number] for number in _introductions(versions)}
    bad = str(versions[-1].files[FILE])[0] == "B"
    assert isinstance(report.outcome, Culprit if bad else NoRegression)
    if isinstance(report.outcome, Culprit):
        assert report.outcome.transition.commit in true
        assert report.fixes
    assert {found.commit for found in report.transitions if found.after is Verdict.BAD} <= true


@settings(max_examples=60, deadline=None)
@given(histories("GBU"), st.integers(1, 3), st.booleans())
def test_untestable_commits_never_make_a_wrong_culprit(
    versions: list[Version], jobs: int, exhaustive: bool
) -> None:
    report, ids = _search(versions, jobs, exhaustive=exhaustive)
    match report.outcome:
        case Culprit(transition):
            assert ids.index(transition.commit) in _introductions(versions)
        case Range(transition):
            letters = [str(versions[ids.index(commit)].files[FILE])[0] for commit in transition.commits]
            assert letters[-1] == "B"
            assert set(letters[:-1]) == {"U"}
        case NoRegression():
            assert str(versions[-1].files[FILE])[0] == "G"
        case Untestable():
            assert str(versions[-1].files[FILE])[0] == "U"
        case BadMergeBase():
            raise AssertionError("the good revision is the root")
