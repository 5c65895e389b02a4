# SPDX-License-Identifier: GPL-2.0-or-later
from itertools import combinations

import pytest

from emulator.cpus import CPUS, FACILITIES
from emulator.decode import Index, index_of
from emulator.opcodes.line import FIELDS, Line, Pattern, line
from emulator.opcodes.tables import LINES
from tests.support.emulator_oracle import operand_bits


def _meet(a: Line, b: Line) -> bool:
    """Some word matches both: where both masks have a bit, the values agree."""
    common = a.pattern.mask & b.pattern.mask
    return not (a.pattern.value ^ b.pattern.value) & common


def _together(a: Line, b: Line) -> bool:
    return any({a.facility, b.facility} <= cpu.facilities for cpu in CPUS.values())


def test_every_word_matches_at_most_one_line_on_any_processor() -> None:
    pairs = [(a, b) for a, b in combinations(LINES, 2) if _meet(a, b) and _together(a, b)]
    assert [(str(a), str(b)) for a, b in pairs] == []


def test_a_pattern_has_no_value_outside_its_mask_and_fixes_the_primary_opcode() -> None:
    for entry in LINES:
        assert entry.pattern.value & ~entry.pattern.mask == 0, entry
        assert entry.pattern.mask >> 26 == 63, entry


def test_operands_lie_outside_the_pattern() -> None:
    for entry in LINES:
        assert operand_bits(entry) & entry.pattern.mask == 0, entry
        assert bool(operand_bits(entry)) == bool(entry.operands), entry


def test_every_facility_is_known_and_some_processor_or_none_has_it() -> None:
    assert {entry.facility for entry in LINES} <= set(FACILITIES)
    for cpu in CPUS.values():
        assert cpu.facilities <= set(FACILITIES)


@pytest.mark.parametrize("cpu", sorted(CPUS))
def test_every_line_is_found_by_its_own_pattern(cpu: str) -> None:
    lines = tuple(entry for entry in LINES if entry.facility in CPUS[cpu].facilities)
    index = Index(lines)
    for entry in lines:
        word = entry.pattern.value | 0x0082_0000 & ~entry.pattern.mask
        assert index.find(word) in {entry, None} if entry.invalid else index.find(word) is entry


def test_fields_are_expressions_over_the_word() -> None:
    for expression in FIELDS.values():
        assert isinstance(eval(expression, {"w": 0xFFFF_FFFF}), int)


def test_an_operand_or_effect_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="bogus: no such operand or effect: RQ"):
        line("bogus", Pattern(0, 63 << 26), "RT RQ", "> RT", None)


def test_facilities_separate_the_models() -> None:
    vaddition = 0x1000_0484  # vor v0,v0,v0
    assert index_of(CPUS["7447a"].facilities).find(vaddition) is not None
    assert index_of(CPUS["750"].facilities).find(vaddition) is None
