# SPDX-License-Identifier: GPL-2.0-or-later
"""What an observation's evidence says, statement by statement, and how it differs from a GOOD version's.

Pure: from the JSON values that are stored (docs/json.md) to text without markup. Observations that an older
bisectd stored have fewer fields; what is missing is worked out or left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

from bisectd.domain.observation import Observation
from bisectd.domain.registers import ranges
from bisectd.domain.verdict import Verdict

Row: TypeAlias = Mapping[str, Any]

NOTE = "note"

_FEW = 2  # registers whose values are shown; beyond that their names say enough


@dataclass(frozen=True)
class Statement:
    """One thing that was seen in a case. `place` is symbol+offset of the instruction that wrote it, or "".

    `kind` is the list of evidence that it comes from, or NOTE for a value that nothing must hold for; `names`
    are the rows that it is about.
    """

    case: str
    kind: str
    text: str
    wrong: bool
    place: str = ""
    names: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """What it is about, in short: how differences name it."""
        return "interrupt" if self.kind == "unexpected" else ranges(self.names)


@dataclass(frozen=True)
class Difference:
    """A wrong value (`here`), and what a GOOD version gave there; bits by name where they have names."""

    case: str
    name: str
    here: str
    there: str
    gained: str = ""
    lost: str = ""


def statements(observation: Observation) -> list[Statement]:
    """Everything that was seen, case by case, each case's wrong values first."""
    evidence = observation.evidence
    cases = [case["name"] for case in evidence.get("cases", ())] or [""]
    found = [
        *_values(evidence),
        *_lost(evidence, "unsaved"),
        *_lost(evidence, "unkept"),
        *_events(observation),
    ]
    return sorted(found, key=lambda statement: (cases.index(statement.case), not statement.wrong))


def differences(bad: Observation, good: Observation) -> list[Difference]:
    """For each wrong value of `bad`, what `good` gave: the same scenario on another version.

    A value that nothing must hold for is there, too, where it differs.
    """
    found = (
        difference
        for statement in statements(bad)
        if statement.wrong or statement.kind == NOTE
        for difference in _others(statement, bad, good)
    )
    return [difference for difference in found if difference.here != difference.there]


def place(instruction: Row) -> str:
    """Where an instruction of evidence is, as symbol+offset."""
    return f"{instruction['symbol']}+{instruction['offset']:#x}"


def instructions(observation: Observation) -> Iterator[Row]:
    """The instructions that the evidence names, each once."""
    evidence = observation.evidence
    rows = (row for kind in ("registers", "unsaved", "unkept") for row in evidence.get(kind, ()))
    found = [row["instruction"] for row in rows if "instruction" in row]
    first = [evidence["instruction"]] if "instruction" in evidence else []
    yield from {place(instruction): instruction for instruction in (*first, *found)}.values()


def is_wrong(row: Row) -> bool:
    """Whether a value is not as it must be."""
    return bool(row.get("wrong", row["after"] != row["expected"] and row.get("judged", True)))


def _shown(row: Row, key: str) -> str:
    return str(row.get(f"{key}_bits", row.get(f"{key}_number", row[key])))


def _values(evidence: Row) -> Iterator[Statement]:
    for row in evidence.get("registers", ()):
        wrong = is_wrong(row)
        text = _returned(row) or f"{row['name']}: {_wrong(row) if wrong else _right(row)}"
        kind = "registers" if row.get("judged", True) else NOTE
        yield Statement(row.get("case", ""), kind, text, wrong, _written(row), (row["name"],))


def _returned(row: Row) -> str:
    """The result of a call, in decimal: it has no value before. "" for everything else."""
    if "after_number" not in row:
        return ""
    expected = f", expected {_shown(row, 'expected')}" if is_wrong(row) else ""
    return f"{row['name']} returned {_shown(row, 'after')}{expected}"


def _wrong(row: Row) -> str:
    return f"{_shown(row, 'before')} → {_shown(row, 'after')}, expected {_shown(row, 'expected')}"


def _right(row: Row) -> str:
    """A value that is as it must be: what changed, since the rest is known."""
    before, after = _shown(row, "before"), _shown(row, "after")
    if before == after:
        return after
    if "before_bits" not in row:
        return f"{before} → {after}"
    gained, lost = _bits(before, after)
    return ", ".join(part for part in (lost and f"{lost} cleared", gained and f"{gained} set") if part)


def _bits(before: str, after: str) -> tuple[str, str]:
    """The names of bits that came, and that went."""
    old, new = before.split(), after.split()
    gained = " ".join(bit for bit in new if bit not in old and bit != "0")
    return gained, " ".join(bit for bit in old if bit not in new and bit != "0")


def _written(row: Row) -> str:
    return place(row["instruction"]) if "instruction" in row else ""


def _lost(evidence: Row, kind: str) -> Iterator[Statement]:
    """Registers that went nowhere, or changed: one statement for all that one instruction is to blame for."""
    for (case, written), group in groupby(
        evidence.get(kind, ()), lambda row: (row.get("case", ""), _written(row))
    ):
        rows = list(group)
        names = tuple(row["name"] for row in rows)
        word = "not saved" if kind == "unsaved" else "not kept"
        values = f" ({'; '.join(map(_loss, rows))})" if len(rows) <= _FEW else ""
        yield Statement(
            case, kind, f"{word}: {ranges(names)}{values}", wrong=True, place=written, names=names
        )


def _loss(row: Row) -> str:
    if "saved" in row:
        return f"was {row['live']}, memory has {row['saved']}"
    return f"was {row['expected']}, is {row['after']}"


def _events(observation: Observation) -> Iterator[Statement]:
    evidence = observation.evidence
    known = evidence.get("unexpected")
    if known is None and observation.verdict is Verdict.BAD and not evidence.get("cases"):
        known = [{"reason": observation.reason}]  # stored before evidence told events from values
    for row in known or ():
        yield Statement(row.get("case", ""), "unexpected", row["reason"], wrong=True, names=(row["reason"],))


def _others(statement: Statement, bad: Observation, good: Observation) -> Iterator[Difference]:
    silent = _unjudged(good, statement.case)
    if silent:
        yield Difference(statement.case, statement.about, statement.text, silent)
    elif statement.kind in {"registers", NOTE}:
        yield from _other_value(statement, bad, good)
    elif statement.kind == "unexpected":
        yield Difference(statement.case, statement.about, statement.text, "took none")
    else:
        word = statement.kind.removeprefix("un")
        yield Difference(statement.case, statement.about, f"not {word}", word)


def _unjudged(good: Observation, case: str) -> str:
    """Why the good version says nothing about a case; "" where it does."""
    if good.verdict is Verdict.UNTESTABLE:
        return good.reason
    cases = {found["name"]: found for found in good.evidence.get("cases", ())}
    found = cases.get(case)
    return str(found["reason"]) if found and found["verdict"] == Verdict.UNTESTABLE.value else ""


def _other_value(statement: Statement, bad: Observation, good: Observation) -> Iterator[Difference]:
    here, there = (_row(observation, statement) for observation in (bad, good))
    if here is not None and there is not None:
        new, old = _shown(here, "after"), _shown(there, "after")
        gained, lost = _bits(old, new) if "after_bits" in here else ("", "")
        yield Difference(statement.case, statement.names[0], new, old, gained, lost)


def _row(observation: Observation, statement: Statement) -> Row | None:
    rows: Sequence[Row] = observation.evidence.get("registers", ())
    same = (row for row in rows if (row.get("case", ""), row["name"]) == (statement.case, statement.names[0]))
    return next(same, None)
