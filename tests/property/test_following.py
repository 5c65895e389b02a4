# SPDX-License-Identifier: GPL-2.0-or-later
"""Following a branch day by day and scanning it once come to the same."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bisectd.domain.tracking import Whole
from bisectd.store.regressions import Filter
from bisectd.store.store import Store
from tests.support.following import Following, half
from tests.support.git_repos import Version, build
from tests.support.tiny_kernel import bad, broken, good

TREES = {"g": good("x"), "b": bad("x"), "h": half("x"), "u": broken("x")}
Told: TypeAlias = tuple[list[tuple[str, str, str | None, str | None]], list[tuple[str, str]]]

# Each step of the line: a commit, or a side branch of commits and the merge that brings it in. "." leaves the
# code as it is; a merge takes the line's then, and by "s" that of the side.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just(""), st.sampled_from("ggbbhu.")),
        st.tuples(st.text("gbhu.", min_size=1, max_size=2), st.sampled_from("gb.s")),
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def database() -> Iterator[Path]:
    """One for all examples: each version of the code is compiled once."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder, "x.db")


@given(STEPS)
@settings(max_examples=25, deadline=None)
def test_day_by_day_or_at_once(database: Path, steps: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        at_once = _followed(Path(folder, "once"), database, steps, daily=False)
        daily = _followed(Path(folder, "daily"), database, steps, daily=True)
        assert at_once == daily


def _followed(path: Path, database: Path, steps: list[tuple[str, str]], *, daily: bool) -> Told:
    versions, line = _history(steps)
    ids = build(path, versions)
    following = Following(path, database)
    for head in line if daily else line[-1:]:
        following.move("main", ids[head])
        following.follow(since=ids[0])
    return _told(database, str(path.resolve()))


def _history(steps: list[tuple[str, str]]) -> tuple[list[Version], list[int]]:
    """The versions, and which of them are on the line."""
    code, versions, line = "g", [Version(_tree("g", 0))], [0]
    for side, after in steps:
        tip, side_code = line[-1], code
        for letter in side:
            side_code = side_code if letter == "." else letter
            versions.append(Version(_tree(side_code, len(versions)), (tip,), f"side {len(versions)}"))
            tip = len(versions) - 1
        parents = (line[-1], tip) if side else (line[-1],)
        code = {".": code, "s": side_code}.get(after, after)
        versions.append(Version(_tree(code, len(versions)), parents, f"step {len(versions)}"))
        line.append(len(versions) - 1)
    return versions, line


def _tree(letter: str, number: int) -> dict[str, str]:
    return {**TREES[letter], "drivers/number.c": str(number)}


def _told(database: Path, source: str) -> Told:
    """The regressions of a repository and what happened, oldest first."""
    with Store.open(str(database)) as store, store.read() as tx:
        repository = next(one.repository for one in tx.branches.all() if one.source == source)
        found = tx.regressions.page(Filter(repository=repository), limit=100)[::-1]
        wholes: list[Whole] = [whole for one in found if (whole := tx.regressions.whole(one.id))]
    events = sorted((event for whole in wholes for event in whole.events), key=lambda event: event.id)
    return (
        [
            (
                one.regression.state.value,
                one.regression.introduced,
                one.regression.fixes,
                one.regression.fixed,
            )
            for one in wholes
        ],
        [(event.kind.value, event.commit) for event in events],
    )
