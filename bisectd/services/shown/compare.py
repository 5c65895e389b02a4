# SPDX-License-Identifier: GPL-2.0-or-later
"""What two versions did differently in one scenario, from their evidence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bisectd.domain.observation import Observation
from bisectd.services.evidence import statements

_VALUES = frozenset({"registers", "note"})


@dataclass(frozen=True)
class Differing:
    """Something that is otherwise in the second version. `lost`, `gained`: bits, where they have names.

    `here` is the second version's value, `there` the first's; "" where only the other says anything about it.
    """

    case: str
    name: str
    there: str
    here: str
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()


def compare(before: Observation, after: Observation) -> list[Differing]:
    """From one version to the next: values first, then what was wrong in one of them alone."""
    return [*_values(before, after), *_statements(before, after)]


def _values(before: Observation, after: Observation) -> Iterator[Differing]:
    old, new = _rows(before), _rows(after)
    for key, row in new.items():
        if key in old and old[key]["after"] != row["after"]:
            there, here = _shown(old[key]), _shown(row)
            lost, gained = _bits(there, here) if "after_bits" in row else ((), ())
            yield Differing(*key, there, here, lost, gained)


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


def _bits(there: str, here: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    old, new = there.split(), here.split()
    lost = tuple(bit for bit in old if bit not in new and bit != "0")
    return lost, tuple(bit for bit in new if bit not in old and bit != "0")
