# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables say truly what each instruction reads and writes: translation rests on it."""

import random
from typing import Any

import pytest

from emulator import Machine
from emulator.cpus import CPUS, FP, SF, VEC, VSX, Cpu
from emulator.errors import Interrupt, MemoryFault
from emulator.opcodes.line import Line
from emulator.opcodes.tables import LINES
from emulator.translate import registers
from tests.support.emulator_oracle import DATA, SIZE, Case, draw

_SCALARS = ("so", "ov", "ca", "lr", "ctr")
_PLAIN = ("fpscr", "vscr", "msr", "reservation")


def _cpu(line: Line) -> Cpu:
    return next(cpu for cpu in CPUS.values() if line.facility in cpu.facilities)


_NAMES = [*(f"r{i}" for i in range(32)), *(f"c{i}" for i in range(8)), *_SCALARS]
_CHECKED = [
    line for line in LINES if line.semantics and any(line.facility in cpu.facilities for cpu in CPUS.values())
]


def _machine(cpu: Cpu, case: Case) -> Machine:
    m = Machine(cpu.name)
    m.memory.map(DATA - 0x1000, 0x3000)
    m.memory.write(DATA, case.data)
    state = m.state
    state.gpr[:] = case.gpr
    for i, value in enumerate(case.fpr):
        state.fpr[i] = value
    state.vr[:] = [value << 64 | value for value in case.fpr]
    state.cr, state.lr, state.ctr, state.xer = case.cr, case.lr, case.ctr, case.xer
    state.msr = (FP | VEC | VSX | SF) & cpu.msr_mask
    state.fpscr = case.fpscr & 0xFF
    return m


def _registers(m: Machine) -> dict[str, Any]:
    state = m.state
    values: dict[str, Any] = {f"r{i}": value for i, value in enumerate(state.gpr)}
    values |= {f"c{i}": value for i, value in enumerate(state.crf)}
    values |= {name: getattr(state, name) for name in _SCALARS + _PLAIN}
    return values | {"memory": m.memory.read(DATA, SIZE)}


def _run(line: Line, case: Case, **changed: int) -> dict[str, Any] | None:
    """Run the semantics once; None where it interrupts. `changed` sets registers beforehand."""
    m = _machine(_cpu(line), case)
    for name, value in changed.items():
        _set(m, name, value)
    assert line.semantics is not None
    try:
        line.semantics(m.state, *line.extract(case.word))
    except (Interrupt, MemoryFault):
        return None
    return _registers(m)


def _set(m: Machine, name: str, value: int) -> None:
    if name in _SCALARS:
        setattr(m.state, name, value)
    elif name[0] == "r":
        m.state.gpr[int(name[1:])] = value
    else:
        m.state.crf[int(name[1:])] = value


@pytest.mark.parametrize("line", _CHECKED, ids=lambda line: f"{line.mnemonic}-{line.facility}")
def test_only_what_is_declared_is_written_and_read(line: Line) -> None:
    choose = random.Random(line.mnemonic)
    for _ in range(12):
        case = draw(choose, line)
        before = _registers(_machine(_cpu(line), case))
        after = _run(line, case)
        if after is None:
            continue
        written = registers(line, case.word, line.writes) | set(line.writes)
        changed = {name for name in before if before[name] != after[name]}
        assert changed <= written, f"{line} {case.word:#010x} writes {changed - written}"
        read = registers(line, case.word, line.reads)
        for name in choose.sample(_NAMES, 6):
            if name in read or ("gpr" in line.reads and name[0] == "r"):
                continue
            value = before[name] ^ 1
            again = _run(line, case, **{name: value})
            expected = after | {name: value} if name not in changed else after
            assert _but(again, name) == _but(expected, name), f"{line} {case.word:#010x} reads {name}"


def _but(registers: dict[str, Any] | None, name: str) -> dict[str, Any] | None:
    return registers and {key: value for key, value in registers.items() if key != name}


def test_what_needs_the_program_counter_ends_its_block() -> None:
    for line in LINES:
        if {"pc", "code", "time"} & (line.reads | line.writes):
            assert line.ends, line
