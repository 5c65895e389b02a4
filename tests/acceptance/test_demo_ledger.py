# SPDX-License-Identifier: GPL-2.0-or-later
"""The ledger of the bundled history holds: each transition, by running the commit and all its parents."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bisectd.demo import RANGE_BAD, RANGE_GOOD, write_history
from bisectd.demo.ledger import LEDGER, Expected
from bisectd.domain.regression import Kind
from bisectd.domain.verdict import Verdict
from bisectd.probes.registry import PROBES
from bisectd.services.evaluation import Evaluator, setup_for
from tests.support.cli import bisectd
from tests.support.demo_history import commit, parents
from tests.support.git_repos import git


@pytest.fixture(scope="module")
def evaluator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evaluator]:
    folder = tmp_path_factory.mktemp("ledger")
    write_history(folder / "history.git", work_tree=False)
    database = f"sqlite:///{folder / 'observations.db'}"
    setup = setup_for(str(folder / "history.git"), "fpu-giveup-fe", "pmac32", "zig", database)
    with Evaluator.open(setup) as opened:
        yield opened


def verdict(evaluator: Evaluator, revision: str) -> Verdict:
    return evaluator.evaluate(evaluator.repository.resolve(revision)).observation.verdict


@pytest.mark.parametrize(
    "expected", LEDGER["fpu-giveup-fe", "pmac32"], ids=lambda expected: str(expected.subject)
)
def test_each_transition_of_the_ledger(evaluator: Evaluator, expected: Expected) -> None:
    repository = Path(evaluator.setup.repository)
    changed = commit(repository, expected.subject)
    before, after = (
        (Verdict.GOOD, Verdict.BAD) if expected.kind is Kind.INTRODUCED else (Verdict.BAD, Verdict.GOOD)
    )
    assert verdict(evaluator, changed) is after
    assert {verdict(evaluator, parent) for parent in parents(repository, changed)} == {before}


def test_releases_between(evaluator: Evaluator) -> None:
    verdicts = {
        tag: verdict(evaluator, tag) for tag in (RANGE_GOOD, "v4.5", "v4.6", RANGE_BAD, "v5.1", "master")
    }
    assert [tag for tag, found in verdicts.items() if found is Verdict.BAD] == ["v4.6", RANGE_BAD]


def test_main_line_up_to_the_bad_release_turns_once(evaluator: Evaluator) -> None:
    repository = Path(evaluator.setup.repository)
    line = git(repository, "rev-list", "--first-parent", "--reverse", f"{RANGE_GOOD}..{RANGE_BAD}").split()
    seen = [verdict(evaluator, changed) for changed in line[:: max(1, len(line) // 40)]]
    testable = [found for found in seen if found is not Verdict.UNTESTABLE]
    assert sorted(testable, key=[Verdict.GOOD, Verdict.BAD].index) == testable
    assert set(testable) == {Verdict.GOOD, Verdict.BAD}


def test_the_ledger_has_a_row_for_every_probe_on_every_target() -> None:
    assert set(LEDGER) == {(probe.name, target) for probe in PROBES.values() for target in probe.targets}


@pytest.mark.parametrize(("probe", "target"), LEDGER, ids="-".join)
def test_an_exhaustive_search_finds_what_the_ledger_says(
    evaluator: Evaluator, probe: str, target: str
) -> None:
    place, database = evaluator.setup.repository, evaluator.setup.database
    options = (
        "--repo",
        place,
        "--db",
        database,
        "--probe",
        probe,
        "--target",
        target,
        "--json",
        "--exhaustive",
    )
    report = bisectd("bisect", "--good", RANGE_GOOD, "--bad", "master", *options).json
    found = [(transition["kind"], transition["subject"]) for transition in report["transitions"]]
    assert sorted(found) == sorted((kind.value, subject) for kind, subject in LEDGER[probe, target])
    tested = [row for row in report["class_verdicts"] if row["verdict"] != "UNTESTABLE"]
    assert len(tested) > 1
