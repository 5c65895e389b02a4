# SPDX-License-Identifier: GPL-2.0-or-later
"""What two versions did differently in one scenario, from their evidence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bisectd.domain.observation import Observation
from bisectd.services.evidence import statements

_VALUES = frozenset({"registers", "note"})


@dataclass(frozen=True)
class Part:
    """Bits that a version treats otherwise, in the words of a semantic difference.

    `worse`: they are not as they must be now; None where nothing must hold for them.
    """

    before: str
    bits: tuple[str, ...]
    after: str
    worse: bool | None


@dataclass(frozen=True)
class Differing:
    """Something that is otherwise in the second version. `parts`: by bits, where it has any by name.

    `here` is the second version's value, `there` the first's; "" where only the other says anything about it.
    """

    case: str
    name: str
    there: str
    here: str
    parts: tuple[Part, ...] = ()


def compare(before: Observation, after: Observation) -> list[Differing]:
    """From one version to the next: values first, then what was wrong in one of them alone."""
    return [*_values(before, after), *_statements(before, after)]


def _values(before: Observation, after: Observation) -> Iterator[Differing]:
    old, new = _rows(before), _rows(after)
    for key, row in new.items():
        if key in old and old[key]["after"] != row["after"]:
            parts = tuple(_parts(old[key], row)) if "after_bits" in row else ()
            yield Differing(*key, _shown(old[key]), _shown(row), parts)


def _parts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Part]:
    """What happened to the bits that differ: cleared or not if they were set before, set or not if not."""
    had, has = _bits(old, "after_bits"), _bits(new, "after_bits")
    before, expected = _bits(new, "before_bits"), _bits(new, "expected_bits")
    gained, lost = [bit for bit in has if bit not in had], [bit for bit in had if bit not in has]
    groups = (
        ("no longer clears", [bit for bit in gained if bit in before], ""),
        ("sets", [bit for bit in gained if bit not in before], "now"),
        ("clears", [bit for bit in lost if bit in before], "now"),
        ("no longer sets", [bit for bit in lost if bit not in before], ""),
    )
    for first, bits, last in groups:
        if bits:
            judged = new.get("judged", True) and "expected_bits" in new
            wrong = any((bit in has) != (bit in expected) for bit in bits)
            yield Part(first, tuple(bits), last, wrong if judged else None)


def _statements(before: Observation, after: Observation) -> Iterator[Differing]:
    """Registers that got lost, and events: only in one of the two."""
    old, new = (
        {
            (found.case, found.text): found
            for found in statements(observation)
            if found.wrong and found.kind not in _VALUES
        }
        for observation in (before, after)
    )
    for case, text in [*(key for key in new if key not in old), *(key for key in old if key not in new)]:
        found = new.get((case, text)) or old[case, text]
        came = (case, text) in new
        yield Differing(case, found.about, "" if came else text, text if came else "")


def _rows(observation: Observation) -> dict[tuple[str, str], Mapping[str, Any]]:
    rows = observation.evidence.get("registers", ())
    return {(row.get("case", ""), row["name"]): row for row in rows}


def _shown(row: Mapping[str, Any]) -> str:
    return str(row.get("after_bits", row.get("after_number", row["after"])))


def _bits(row: Mapping[str, Any], key: str) -> list[str]:
    return [bit for bit in str(row.get(key, "")).split() if bit != "0"]
