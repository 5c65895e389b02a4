# SPDX-License-Identifier: GPL-2.0-or-later
"""Microwatt's tests: random integer programs with register dumps, and programs that report on a console."""

from collections.abc import Iterator
from pathlib import Path

from emulator import EmulatorError, Machine, Taken
from tests.support.emulator_conformance import isa300
from tests.support.emulator_conformance.result import Result, compared, not_applicable

RAM = 0x10_0000
UART = 0xC000_2000  # its transmit register; the system controller before it reads as zero: the simplest UART
LIMIT = 5_000_000
PROGRAM = 0x700
ATTENTION = 0x200  # the word `attn`: ends a console program
OVERFLOW_32 = 0xC_0000  # XER[OV32, CA32]: only from Power ISA 3.0 on

# Console programs about what the POWER8 of the emulator does not have.
OTHER_HARDWARE = {
    "mmu": "radix translation: the emulator's memory is flat",
    "xics": "Microwatt's interrupt controller",
    "prefix": "prefixed instructions: Power ISA 3.1",
    "hash": "hashst and hashchk: Power ISA 3.1",
    "pmu": "Microwatt's performance monitor",
    "trace": "trace interrupts, CIABR and DAWR are debug facilities",
    "branch_alias": "radix translation: the emulator's memory is flat",
}


def run(path: Path, only: str) -> Iterator[Result]:
    """Run tests/*.bin of a checkout."""
    for program in sorted((path / "tests").glob("*.bin"), key=lambda p: (len(p.name), p.name)):
        if only in program.stem:
            console = program.with_suffix(".console_out")
            yield _console(program, console) if console.exists() else _random(program)


def _machine(program: Path) -> Machine:
    machine = Machine("power8", "little")
    machine.memory.map(0, RAM)
    machine.memory.write(0, program.read_bytes())
    machine.state.pc = 0
    return machine


# random programs


def _random(program: Path) -> Result:
    machine = _machine(program)
    machine.on_interrupt(lambda m, taken: None if isa300.emulate(m, taken) else "interrupt")
    try:
        stop = machine.run(max_instructions=LIMIT)
    except EmulatorError as error:
        return compared("random", program.stem, str(error))
    if stop.vector != PROGRAM:
        return compared("random", program.stem, f"stopped by {stop}")
    return compared("random", program.stem, _difference(machine, program.with_suffix(".out").read_text()))


def _difference(machine: Machine, dump: str) -> str:
    state = machine.state
    have = {f"GPR{i}": value for i, value in enumerate(state.gpr)}
    have |= {"CR": state.cr, "LR": state.lr, "CTR": state.ctr, "XER": state.xer}
    pairs = (line.split() for line in dump.splitlines())
    want = {pair[0]: int(pair[1], 16) for pair in pairs if len(pair) == 2}
    want["XER"] &= ~OVERFLOW_32
    return ", ".join(
        f"{name} is {have[name]:#x}, not {value:#x}" for name, value in want.items() if have[name] != value
    )


# console programs


def _console(program: Path, expected: Path) -> Result:
    name = program.stem.removeprefix("test_")
    if name in OTHER_HARDWARE:
        return not_applicable("console", name, OTHER_HARDWARE[name])
    machine = _machine(program)
    machine.memory.map(UART & ~0xFFFF, 0x1_0000)
    typed: list[str] = []
    machine.memory.watch(UART, 8, lambda _, __, value: typed.append(chr(value & 0xFF)))
    machine.on_interrupt(_until_attention)
    try:
        machine.run(max_instructions=LIMIT)
    except EmulatorError as error:
        typed.append(f"[{error}]")
    have = "".join(typed).replace("\r", "").split("\n")
    want = expected.read_text().replace("\r", "").split("\n")
    lines = [f"{a!r}, not {b!r}" for a, b in zip(have, want, strict=False) if a != b]
    if len(have) != len(want):
        lines.append(f"{len(have)} lines, not {len(want)}")
    return compared("console", name, "; ".join(lines))


def _until_attention(machine: Machine, taken: Taken) -> str | None:
    """Let the program's handlers have their interrupts, up to the one that `attn` causes."""
    if taken.vector == isa300.EMULATION_ASSISTANCE and machine.memory.load(taken.srr0, 4) == ATTENTION:
        return "attention"
    return None
