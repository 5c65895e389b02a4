# SPDX-License-Identifier: GPL-2.0-or-later
"""The first cut against git's own: `git rev-list --bisect` on the same history, made as a real repository."""

import random
from pathlib import Path

import pytest

from bisectd.domain.verdict import Verdict
from bisectd.search import Ask, Problem, next_step
from tests.support.git_repos import Version, build, git


def random_parents(size: int, seed: int) -> list[list[int]]:
    """A history over commit 0 with merges and octopus merges, all of it below the last commit."""
    choose = random.Random(seed)
    parents: list[list[int]] = [[]]
    for number in range(1, size):
        low = max(0, number - choose.choice([1, 3, 12]))
        count = min(choose.choice([1, 1, 1, 2, 3]), number - low)
        parents.append(choose.sample(range(low, number), count))
    inner = {parent for line in parents for parent in line}
    return [*parents, [number for number in range(1, size) if number not in inner]]


@pytest.mark.parametrize("seed", range(12))
def test_first_cut_is_no_worse_than_git_s(tmp_path: Path, seed: int) -> None:
    parents = random_parents(40 + 10 * seed, seed)
    ids = build(tmp_path, [Version(parents=tuple(line)) for line in parents])
    history = {ids[n]: tuple(ids[parent] for parent in line) for n, line in enumerate(parents) if n}
    step = next_step(Problem(history, ids[-1], (ids[0],)), {ids[0]: Verdict.GOOD, ids[-1]: Verdict.BAD})
    assert isinstance(step, Ask)

    def smaller_part(commit: str) -> int:
        below = int(git(tmp_path, "rev-list", "--count", commit, f"^{ids[0]}"))
        return min(below, len(history) - below)

    theirs = git(tmp_path, "rev-list", "--bisect", ids[-1], f"^{ids[0]}")
    assert smaller_part(step.commits[0]) >= smaller_part(theirs) > 0
