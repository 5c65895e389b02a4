# SPDX-License-Identifier: GPL-2.0-or-later
"""How long one step of a search takes, and how many steps and runs a search takes.

Run it alone: `python -m benchmarks.search`.
"""

import random
from dataclasses import replace
from itertools import count
from time import perf_counter

from bisectd.domain.verdict import Verdict
from bisectd.search import Done, Problem, next_step


def line(size: int) -> Problem:
    """A history without merges."""
    parents = {f"{n:06}": (f"{n - 1:06}",) for n in range(1, size + 1)}
    return Problem(parents, f"{size:06}", (f"{0:06}",))


def merges(size: int) -> Problem:
    """A history with a side branch of up to 30 commits beside every 14 or fewer, merged at once."""
    choose = random.Random(1)
    parents: dict[str, tuple[str, ...]] = {}
    main, number = "000000", count(1)
    while len(parents) < size:
        side = main
        for _ in range(choose.randrange(1, 30)):
            commit = f"{next(number):06}"
            parents[commit], side = (side,), commit
        for _ in range(choose.randrange(1, 15)):
            commit = f"{next(number):06}"
            parents[commit], main = (main,), commit
        merge = f"{next(number):06}"
        parents[merge], main = (main, side), merge
    return Problem(parents, main, ("000000",))


def measure(name: str, problem: Problem) -> None:
    """Search for the first commit whose history holds the culprit, one third up, and print the times."""
    bad = _above(problem, sorted(problem.parents)[len(problem.parents) // 3])
    known: dict[str, Verdict] = {}
    times, runs = [], 0
    while True:
        start = perf_counter()
        step = next_step(problem, known)
        times.append(perf_counter() - start)
        if isinstance(step, Done):
            break
        runs += len(step.commits)
        known |= {commit: Verdict.BAD if commit in bad else Verdict.GOOD for commit in step.commits}
    print(
        f"search {name:6} {len(problem.parents):7,} commits width {problem.width}: {len(times) - 1:2} steps "
        f"{runs:2} runs, first step {times[0] * 1e3:5.0f} ms, others at most {max(times[1:]) * 1e3:4.0f} ms"
    )


def _above(problem: Problem, culprit: str) -> set[str]:
    above = {culprit}
    for commit, parents in problem.parents.items():
        if not above.isdisjoint(parents):
            above.add(commit)
    return above


def _exhaustive(problem: Problem) -> None:
    """Every verdict known: all transitions of a history that changes all the time."""
    choose = random.Random(2)
    verdicts = [*Verdict]
    known = {c: choose.choice(verdicts) for c in ("000000", *problem.parents)}
    for each in (replace(problem, exhaustive=True), problem):
        start = perf_counter()
        step = next_step(each, {**known, problem.tip: Verdict.BAD})
        seconds = perf_counter() - start
        found = len(step.transitions) if isinstance(step, Done) else 0
        name = "exhaustive" if each.exhaustive else "bisection"
        size = f"{len(problem.parents):,}"
        print(f"search {name}, all of {size} known: {found} transitions in {seconds * 1e3:.0f} ms")


def main() -> None:
    """Print the measurements."""
    for size in (5_000, 100_000):
        for width in (1, 4, 8):
            measure("line", replace(line(size), width=width))
            measure("merges", replace(merges(size), width=width))
    _exhaustive(merges(5_000))


if __name__ == "__main__":
    main()
