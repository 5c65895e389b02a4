# SPDX-License-Identifier: GPL-2.0-or-later
"""One page at two addresses."""

import pytest

from emulator import Machine, MemoryFault


def _aliased() -> Machine:
    machine = Machine(cpu="750")
    machine.memory.map(0xC001_0000, 0x1000)
    machine.memory.alias(0, 0x10_0000, 0xC000_0000)
    return machine


def test_what_is_written_at_one_address_is_read_at_the_other() -> None:
    memory = _aliased().memory
    memory.write(0xC001_0010, b"kernel")
    assert memory.read(0x1_0010, 6) == b"kernel"
    memory.write(0x1_0020, b"physical")
    assert memory.read(0xC001_0020, 8) == b"physical"


def test_instructions_reach_it_either_way() -> None:
    machine = _aliased()
    store_and_load = bytes.fromhex("90640000 80850000")  # stw r3,0(r4); lwz r4,0(r5)
    machine.memory.write(0xC001_0000, store_and_load)
    state = machine.state
    state.gpr[3:6] = 0x1234_5678, 0xC001_0100, 0x1_0100
    state.pc = 0x1_0000
    assert machine.run(until=0x1_0008).reason == "until"
    assert state.gpr[4] == 0x1234_5678


def test_what_is_not_mapped_there_is_not_mapped_here() -> None:
    with pytest.raises(MemoryFault):
        _aliased().memory.read(0x2_0000, 4)


@pytest.mark.parametrize("wrong", [(1, 0x1000, 0), (0, 0x800, 0), (0, 0x1000, 4)])
def test_only_whole_pages_have_a_second_address(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="not whole pages"):
        Machine(cpu="750").memory.alias(*wrong)
