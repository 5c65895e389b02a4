# SPDX-License-Identifier: GPL-2.0-or-later
"""The answers a search can give: one type each, so that no field is ever half filled in."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from bisectd.domain.verdict import Verdict


class Kind(Enum):
    """Which way the behaviour changed."""

    INTRODUCED = "introduced"
    FIXED = "fixed"


@dataclass(frozen=True)
class Transition:
    """A commit whose verdict differs from that of all its parents.

    `commits` holds `commit` alone, or, where untestable commits lie between the two verdicts, every commit
    that may have made the change, oldest first (`commit` is the first with the new verdict).
    """

    kind: Kind
    commit: str
    parents: tuple[str, ...]
    before: Verdict
    after: Verdict
    commits: tuple[str, ...]


@dataclass(frozen=True)
class Culprit:
    """The commit is BAD and every one of its parents ran and is GOOD."""

    transition: Transition


@dataclass(frozen=True)
class Range:
    """Untestable commits stand between GOOD and BAD: any of `transition.commits` may be the culprit."""

    transition: Transition


@dataclass(frozen=True)
class NoRegression:
    """Nothing turned bad: `good` and `bad` are the verdicts at the ends."""

    good: Verdict
    bad: Verdict


@dataclass(frozen=True)
class BadMergeBase:
    """Good is no ancestor of bad and their merge base is BAD: it was fixed on the good side."""

    merge_base: str
    good: str


@dataclass(frozen=True)
class Untestable:
    """The bad revision itself, or everything that could answer, cannot be tested."""

    commit: str
    reason: str


Outcome: TypeAlias = Culprit | Range | NoRegression | BadMergeBase | Untestable
