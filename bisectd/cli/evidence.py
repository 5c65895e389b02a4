# SPDX-License-Identifier: GPL-2.0-or-later
"""Evidence as text for a terminal: what is wrong, what wrote it, and what a GOOD version gave instead."""

import textwrap
from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from bisectd.cli.text import plain
from bisectd.domain.observation import Observation
from bisectd.domain.verdict import Verdict
from bisectd.services.evidence import NOTE, Difference, Statement, statements
from bisectd.services.location import Location

SHORT = 12
STEP = 2  # columns that each level is set in by


def show_evidence(
    console: Console,
    observation: Observation,
    locations: Sequence[Location],
    parents: Mapping[str, Sequence[Difference]] | None = None,
) -> None:
    """Case by case: wrong values with what wrote them and what `parents` gave; a line for each right one.

    Where something is wrong, what is right is left out: the names of the cases say it.
    """
    bad = observation.verdict is Verdict.BAD
    shown = _Shown(console, {location.place: location for location in locations}, parents or {})
    said = [found for found in statements(observation) if not bad or found.wrong or found.kind == NOTE]
    for case, found in groupby(said, lambda statement: statement.case):
        group = list(found)
        if bad and not any(statement.wrong for statement in group):
            continue
        if case:
            write(console, case, 1)
        for statement in group:
            shown.statement(statement, 2 if case else 1)
    if not said and observation.reason:
        write(console, observation.reason, 1)
    _show_other_cases(console, observation)


def write(console: Console, text: str, level: int, style: str = "") -> None:
    """A paragraph, wrapped between words, further lines set in."""
    indent = " " * STEP * level
    lines = textwrap.wrap(
        plain(text),
        max(console.width, 40),
        initial_indent=indent,
        subsequent_indent=indent + " " * STEP * 2,
        break_long_words=False,
        break_on_hyphens=False,
    )
    console.print(Text("\n".join(lines), style), soft_wrap=True)


class _Shown:
    """Shows statements; a place in the source is shown once, and named after that."""

    def __init__(
        self,
        console: Console,
        locations: Mapping[str, Location],
        parents: Mapping[str, Sequence[Difference]],
    ) -> None:
        self._console = console
        self._locations = locations
        self._parents = parents
        self._seen: set[str] = set()

    def statement(self, statement: Statement, level: int) -> None:
        """One statement with all that is known of it."""
        write(self._console, statement.text, level, "bold" if statement.wrong else "")
        for parent, found in self._parents.items():
            for difference in found:
                if (difference.case, difference.name) == (statement.case, statement.about):
                    write(self._console, f"parent {parent[:SHORT]}: {_there(difference)}", level + 1)
        if statement.place:
            self._writer(statement.place, level + 1)

    def _writer(self, place: str, level: int) -> None:
        location = self._locations.get(place)
        indent = " " * STEP * level
        if location is None or place in self._seen:
            write(self._console, f"written by the instruction at {place}", level)
            return
        self._seen.add(place)
        self._console.print(
            Text(f"{indent}written by  {location.instruction}  at {location.place}"), soft_wrap=True
        )
        if location.file:
            line = f"{indent}            {location.file}:{location.line}:  {location.text}"
            self._console.print(Text(plain(line)), soft_wrap=True)


def _there(difference: Difference) -> str:
    changes = [
        f"{bits} {word}"
        for bits, word in ((difference.gained, "more here"), (difference.lost, "fewer here"))
        if bits
    ]
    return "; ".join([difference.there, *changes])


def _show_other_cases(console: Console, observation: Observation) -> None:
    """The cases that stand nowhere above."""
    cases = observation.evidence.get("cases", ())
    if observation.verdict is Verdict.BAD:
        good = [case["name"] for case in cases if case["verdict"] == Verdict.GOOD.value]
        if good:
            write(console, f"GOOD: {'; '.join(good)}", 1)
    for case in cases:
        if case["verdict"] == Verdict.UNTESTABLE.value and observation.verdict is not Verdict.UNTESTABLE:
            write(console, f"not tested: {case['name']}: {case['reason']}", 1, "dim")
