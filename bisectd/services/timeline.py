# SPDX-License-Identifier: GPL-2.0-or-later
"""A timeline, read: which faults it had, from what commit to what commit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bisectd.domain.tracking import Version
from bisectd.domain.verdict import Verdict


@dataclass(frozen=True)
class Fault:
    """From GOOD to BAD and, where it was, to GOOD again.

    `introduced` is None where the timeline begins BAD: what made it so is older. `began` and `ended` are the
    commits of the line: those that introduced and fixed it, or the merges that brought them in.
    """

    introduced: str | None
    candidates: tuple[str, ...]
    reason: str
    began: str
    fixed: str | None = None
    ended: str | None = None


def faults(versions: Sequence[Version]) -> list[Fault]:
    """The faults of a timeline, oldest first; only the last may be open. Untestable versions end nothing."""
    found: list[Fault] = []
    bad = False
    for version in versions:
        if version.verdict is Verdict.BAD and not bad:
            found.append(Fault(version.origin, version.candidates, version.reason, version.commit))
        elif version.verdict is Verdict.GOOD and bad:
            fixed = version.origin or version.commit
            found[-1] = replace(found[-1], fixed=fixed, ended=version.commit)
        bad = version.verdict is Verdict.BAD or (bad and version.verdict is Verdict.UNTESTABLE)
    return found


def joined(before: Sequence[Version], after: Sequence[Version]) -> tuple[Version, ...]:
    """One timeline of two: `after` begins where `before` ends, at a commit that behaves as its last."""
    rest = [version for version in after if version.position or not before]
    return tuple(replace(version, position=n) for n, version in enumerate((*before, *rest)))
