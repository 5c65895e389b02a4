# SPDX-License-Identifier: GPL-2.0-or-later
"""Translated code does what the interpreter does, instruction by instruction."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import Machine
from emulator import machine as machine_module
from emulator.cpus import FE0, FP, VEC
from emulator.decode import decoder, describe, index_of
from tests.support.emulator_oracle import double, draw, integer, lines
from tests.support.emulator_programs import CODE, DATA, word

NEVER = 1 << 60
_BRANCHES = ("b", "bc", "bclr", "bcctr")
_LINES = [line for line in lines() if not line.ends and line.mnemonic not in {"tw", "twi", "lswx", "stswx"}]


def _program(choose: random.Random) -> list[int]:
    """A loop of random instructions with forward branches inside, that counts CTR down."""
    length = choose.randrange(2, 14)
    body = []
    for i in range(length):
        if choose.randrange(5):
            body.append(draw(choose, choose.choice(_LINES)).word)
        else:
            target = 4 * choose.randrange(1, length - i + 1)
            body.append(
                word("bc", choose.choice((4, 12)), choose.randrange(32), target, 0, choose.getrandbits(1))
            )
    return [*body, word("bc", 16, 0, -4 * length, 0, 0)]


def _machine(choose: random.Random, program: list[int]) -> Machine:
    m = Machine("7447a")
    m.memory.map(CODE, 0x1000)
    m.memory.map(0x2000_0000 - 0x1000, 0x3000)
    m.memory.write(CODE, b"".join(w.to_bytes(4) for w in program))
    m.memory.write(0x2000_0000, choose.randbytes(0x1000))
    state = m.state
    state.gpr[:] = [integer(choose) for _ in range(32)]
    for i in range(32):
        state.fpr[i] = double(choose)
    state.cr, state.xer, state.lr = choose.getrandbits(32), choose.getrandbits(3) << 29, CODE
    state.ctr, state.fpscr = choose.randrange(1, 40), choose.getrandbits(8) & choose.getrandbits(8)
    state.msr, state.pc = choose.choice((FP | VEC, FP | VEC | FE0)), CODE
    return m


def _everything(m: Machine) -> dict[str, Any]:
    state = m.state
    names = ("gpr", "cr", "xer", "lr", "ctr", "fpscr", "pc", "instructions", "reservation")
    values = {name: getattr(state, name) for name in names}
    return values | {"fpr": state.fpr.tolist(), "memory": m.memory.read(0x2000_0000 - 0x1000, 0x3000)}


def _run(seed: int, hot: int, patch: pytest.MonkeyPatch) -> tuple[list[Any], dict[str, Any]]:
    patch.setattr(machine_module, "HOT", hot)
    decoder.cache_clear()  # with the blocks of earlier runs, which machines share
    choose = random.Random(seed)
    program = _program(choose)
    m = _machine(choose, program)
    until = CODE + 4 * len(program)
    stops = []
    for _ in range(12):
        stop = m.run(until=until, max_instructions=choose.randrange(1, 120))
        stops.append(stop)
        if stop.reason != "limit":
            break
    return stops, _everything(m)


@given(st.integers(0, 1 << 60))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_translated_and_interpreted_runs_end_alike(seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        expected = _run(seed, NEVER, patch)
        assert _run(seed, 1, patch) == expected, listing(seed)


def listing(seed: int) -> str:
    """Write the program of a seed."""
    index = index_of(Machine().cpu.facilities)
    program = _program(random.Random(seed))
    return "\n".join(describe(line, w) if (line := index.find(w)) else hex(w) for w in program)


def _counting() -> Machine:
    m = Machine("750")
    m.memory.map(CODE, 0x1000)
    m.memory.map(DATA, 0x1000)
    loop = (word("lwzu", 5, 4, 4), word("add", 6, 6, 5, 0, 0), word("bc", 16, 0, -8, 0, 0))
    m.memory.write(CODE, b"".join(w.to_bytes(4) for w in loop))
    m.memory.write(DATA, b"".join(i.to_bytes(4) for i in range(1024)))
    m.state.pc, m.state.gpr[4], m.state.ctr = CODE, DATA - 4, 2000
    return m


def test_a_fault_in_translated_code_is_precise() -> None:
    m = _counting()
    stop = m.run()
    assert (stop.vector, stop.srr0, stop.address) == (0x300, CODE, DATA + 0x1000)
    assert (stop.instructions, m.state.ctr, m.state.gpr[4]) == (3 * 1024, 2000 - 1024, DATA + 0xFFC)
    assert m.state.gpr[6] == 1023 * 512


def test_translations_are_shared_by_content_and_given_up_when_code_changes() -> None:
    first, second = _counting(), _counting()
    first.run(max_instructions=3000)
    second.run(max_instructions=1)
    region = first.state.blocks[CODE].region
    assert region is not None
    second.state.pc = CODE
    second.run(max_instructions=3)
    assert second.state.blocks[CODE].region is region
    second.memory.write(CODE + 4, word("subf", 6, 5, 6, 0, 0).to_bytes(4))
    second.state.pc = CODE
    second.run(max_instructions=3)
    assert second.state.blocks[CODE].region is None


def test_a_place_to_stop_at_inside_a_translated_loop_is_honoured() -> None:
    m = _counting()
    m.run(max_instructions=3000)
    assert m.state.pc == CODE
    stop = m.run(until=CODE + 4)
    assert (stop.reason, stop.pc, stop.instructions) == ("until", CODE + 4, 1)


@pytest.mark.parametrize("end", [word("mtmsr", 8), word("icbi", 0, 9)], ids=["mode", "code"])
def test_hot_blocks_that_change_the_mode_or_forget_code(end: int) -> None:
    m = Machine("750")
    m.memory.map(CODE, 0x1000)
    loop = (word("xor", 8, 8, 7, 0), end, word("addi", 3, 3, 1), word("bc", 16, 0, -12, 0, 0))
    m.memory.write(CODE, b"".join(w.to_bytes(4) for w in loop))
    state = m.state
    state.pc, state.ctr, state.gpr[7:10] = CODE, 1000, [FP, FP, CODE]
    stop = m.run(until=CODE + 16)
    assert (stop.reason, stop.instructions, state.gpr[3], state.gpr[8]) == ("until", 4000, 1000, FP)
