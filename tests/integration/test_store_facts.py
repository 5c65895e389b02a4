# SPDX-License-Identifier: GPL-2.0-or-later
"""What is stored comes back, once, and does not change."""

from collections.abc import Iterator

import pytest

from bisectd.domain.errors import MachineError
from bisectd.domain.observation import Observation
from bisectd.domain.records import Step
from bisectd.domain.regression import Kind, Transition
from bisectd.domain.seen import Release
from bisectd.domain.tracking import Point
from bisectd.domain.verdict import Verdict
from bisectd.store.store import Store
from tests.support.store_data import BAD, GOOD, RECIPE, commit, digest, key, question, unit

MANY = 2_500  # more than go into one IN (…)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    with Store.open(database) as opened:
        yield opened


@pytest.fixture
def run(store: Store) -> str:
    """The key of a unit that observations can be made on."""
    with store.begin() as tx:
        tx.units.add(unit("run"), ["arch/powerpc/kernel/fpu.S"])
    return unit("run").key


def test_an_observation_comes_back_as_it_was(store: Store, run: str) -> None:
    with store.begin() as tx:
        tx.observations.add(key("f"), run, BAD, 0.002)
    with store.read() as tx:
        assert tx.observations.get(key("f")) == BAD


def test_of_several_engines_the_latest_verdict_on_a_commit_counts(store: Store) -> None:
    many = 62
    ran = unit("ran", None, {f"root {number}": digest(number) for number in range(many)})
    with store.begin() as tx:
        tx.units.add(ran, [])
        tx.units.assign(RECIPE, {commit(1): ran.key})
        for engine, seen in (("1", GOOD), ("2", GOOD), ("3", GOOD), ("4", BAD)):
            for number in range(many):
                found = key(number)._replace(probe=f"probe-{number:02}", emulator_version=engine)
                tx.observations.add(found, ran.key, seen, 0.0)
    with store.read() as tx:
        judged = tx.lookups.verdicts_of_commit(commit(1))
    assert [one.probe for one in judged] == [f"probe-{number:02}" for number in range(many)]
    assert {one.verdict for one in judged} == {Verdict.BAD}


def test_rows_of_the_matrix_that_were_committed_at_once_have_an_order(store: Store) -> None:
    names = ["main", "v4.5", "v4.6"]
    with store.begin() as tx:
        repository = tx.repositories.add("linux", "/src/linux").id
        points = [
            Point(name, "", name != "main", commit(1), 0.1, "p", "t", "zig", Verdict.GOOD, "", None)
            for name in names
        ]
        tx.branches.set_points(repository, points)
    found: list[Release] = []
    with store.read() as tx:
        while some := tx.lookups.releases(repository, found[-1] if found else None, 1):
            found += some
    assert [(one.name, one.release) for one in found] == [("v4.6", True), ("v4.5", True), ("main", False)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fingerprint", digest("other")),
        ("probe", "other"),
        ("probe_version", 2),
        ("target", "g5"),
        ("toolchain", "gcc-12.2"),
        ("emulator_version", "2"),
    ],
)
def test_an_observation_answers_its_own_key_only(
    store: Store, run: str, field: str, value: str | int
) -> None:
    other = key("f")._replace(**{field: value})  # type: ignore[arg-type]
    with store.begin() as tx:
        tx.observations.add(key("f"), run, BAD, 0.002)
        assert tx.observations.get(other) is None
        tx.observations.add(other, run, GOOD, 0.002)
        assert tx.observations.get(other) == GOOD
        assert tx.observations.get(key("f")) == BAD


def test_the_first_observation_of_a_key_stays(store: Store, run: str) -> None:
    with store.begin() as tx:
        tx.observations.add(key("f"), run, BAD, 0.002)
        tx.observations.add(key("f"), run, Observation(Verdict.BAD, "said otherwise"), 0.5)
        assert tx.observations.get(key("f")) == BAD


def test_another_verdict_for_the_same_key_is_the_machines_failure(store: Store, run: str) -> None:
    with store.begin() as tx:
        tx.observations.add(key("f"), run, BAD, 0.002)
    with pytest.raises(MachineError, match="gave BAD and now GOOD"), store.begin() as tx:
        tx.observations.add(key("f"), run, GOOD, 0.002)
    with store.read() as tx:
        assert tx.observations.get(key("f")) == BAD


def test_an_observation_of_a_unit_that_is_not_stored_is_refused(store: Store) -> None:
    with pytest.raises(MachineError, match=r"(?i)foreign key"), store.begin() as tx:
        tx.observations.add(key("f"), digest("nowhere"), BAD, 0.002)


def test_many_fingerprints_are_asked_about_at_once(store: Store, run: str) -> None:
    with store.begin() as tx:
        for number in range(0, MANY, 2):
            tx.observations.add(key(number), run, BAD, 0.002)
    with store.read() as tx:
        found = tx.observations.of(map(digest, range(MANY)), key("any"))
    assert found == {digest(number): BAD for number in range(0, MANY, 2)}


def test_units_come_back_by_commit_and_share_what_they_share(store: Store) -> None:
    broken = unit("broken", reason="fpu.S:7: unknown opcode\n\0\udcff")
    with store.begin() as tx:
        tx.units.add(unit("works"), ["b.h", "a.c", "b.h"])
        tx.units.add(broken, [])
        tx.units.assign(
            RECIPE, {commit(n): unit("works").key for n in range(MANY)} | {commit(MANY): broken.key}
        )
    with store.read() as tx:
        found = tx.units.of_commits(RECIPE, map(commit, range(MANY + 10)))
        assert len(found) == MANY + 1
        assert found[commit(0)] == found[commit(MANY - 1)] == unit("works")
        assert found[commit(MANY)].reason == "fpu.S:7: unknown opcode\n\\x00\\udcff"
        assert tx.units.paths(unit("works").key) == {"a.c", "b.h"}
        assert tx.units.paths(broken.key) == frozenset()
        assert tx.units.of_commits(digest("another recipe"), [commit(0)]) == {}
        assert tx.units.get(digest("unknown")) is None
        with pytest.raises(KeyError):
            tx.units.paths(digest("unknown"))


def test_a_unit_stored_twice_is_there_once_and_takes_further_fingerprints(store: Store) -> None:
    with store.begin() as tx:
        for _ in range(2):
            tx.units.add(unit("u"), ["a.c"])
            tx.units.assign(RECIPE, {commit(1): unit("u").key})
        tx.units.add_fingerprints(unit("u").key, {"vmx": digest("vmx")})
        assert tx.units.of_commits(RECIPE, [commit(1)])[commit(1)].fingerprints == {
            "fpu": digest("code of u"),
            "vmx": digest("vmx"),
        }


def test_a_question_has_one_bisection_however_often_it_is_asked(store: Store) -> None:
    with store.begin() as tx:
        first = tx.bisections.start(question(commit(1), commit(2)))
        again = tx.bisections.start(question(commit(2), commit(1), commit(2)))
        other = tx.bisections.start(question(commit(1), commit(2), exhaustive=True))
    assert (first.id, first.question) == (again.id, question(commit(1), commit(2)))
    assert other.id != first.id
    with store.read() as tx:
        assert [found.id for found in tx.bisections.latest(5)] == [other.id, first.id]
        assert tx.bisections.get(first.id) == again
        assert tx.bisections.get(999) is None


def test_a_bisection_remembers_its_steps_in_order_and_its_answer(store: Store) -> None:
    steps = [
        Step(commit(3), Verdict.BAD, "FE0 kept"),
        Step(commit(1), Verdict.GOOD, ""),
        Step(commit(2), Verdict.UNTESTABLE, "does not build"),
    ]
    found = Transition(
        Kind.INTRODUCED, commit(3), (commit(2),), Verdict.GOOD, Verdict.BAD, (commit(2), commit(3))
    )
    with store.begin() as tx:
        job = tx.bisections.start(question())
        assert job.running
        tx.bisections.add_steps(job.id, steps[:1])
        tx.bisections.add_steps(job.id, steps)
        tx.bisections.finish(job.id, {"schema": 1, "outcome": "range"}, [found])
    with store.read() as tx:
        assert tx.bisections.steps(job.id) == steps
        assert tx.bisections.transitions(job.id) == [found]
        done = tx.bisections.get(job.id)
    assert done is not None
    assert not done.running
    assert done.outcome == {"schema": 1, "outcome": "range"}


def test_asking_again_keeps_the_answer_until_there_is_another(store: Store) -> None:
    with store.begin() as tx:
        job = tx.bisections.start(question())
        tx.bisections.add_steps(job.id, [Step(commit(1), Verdict.GOOD, "")])
        tx.bisections.finish(job.id, {"outcome": "no-regression"}, [])
    with store.begin() as tx:
        again = tx.bisections.start(question())
        assert again.running
        assert again.outcome == {"outcome": "no-regression"}
        assert tx.bisections.steps(job.id) == []
        tx.bisections.finish(job.id, {"outcome": "culprit"}, [])
        done = tx.bisections.get(job.id)
    assert done is not None
    assert done.outcome == {"outcome": "culprit"}


def test_a_transaction_that_raises_stores_nothing(store: Store) -> None:
    def interrupted() -> None:
        with store.begin() as tx:
            tx.units.add(unit("u"), [])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with store.read() as tx:
        assert tx.units.get(unit("u").key) is None


def test_a_reader_sees_one_state_while_others_write(store: Store) -> None:
    with store.read() as tx:
        assert tx.units.get(unit("u").key) is None
        with store.begin() as writer:
            writer.units.add(unit("u"), [])
        assert tx.units.get(unit("u").key) is None
    with store.read() as tx:
        assert tx.units.get(unit("u").key) == unit("u")
