# SPDX-License-Identifier: GPL-2.0-or-later
"""What a suite answers: one result a test."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 — no password
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Result:
    """`detail`: the difference of a failure, or why a test does not apply."""

    family: str
    name: str
    outcome: Outcome
    detail: str = ""


def passed(family: str, name: str) -> Result:
    return Result(family, name, Outcome.PASS)


def compared(family: str, name: str, difference: str) -> Result:
    return Result(family, name, Outcome.FAIL if difference else Outcome.PASS, difference)


def not_applicable(family: str, name: str, reason: str) -> Result:
    return Result(family, name, Outcome.NOT_APPLICABLE, reason)


def table(results: Iterable[Result]) -> str:
    """Return the counts a family, and their sum, as lines of a Markdown table."""
    counts = Counter((result.family, result.outcome) for result in results)
    families = sorted({family for family, _ in counts})
    rows = {family: [counts[family, outcome] for outcome in Outcome] for family in families}
    rows["all"] = [sum(column) for column in zip(*rows.values(), strict=True)]
    head = f"| family | {' | '.join(Outcome)} |\n|---|---|---|---|\n"
    return head + "".join(f"| {family} | {' | '.join(map(str, row))} |\n" for family, row in rows.items())
