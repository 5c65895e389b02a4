# SPDX-License-Identifier: GPL-2.0-or-later
"""Microwatt's tests: random integer programs with register dumps, and programs that report on a console."""

from collections.abc import Iterator
from pathlib import Path

from emulator import EmulatorError, Machine, Taken
from emulator.cpus import PR
from tests.support.emulator_conformance import power9
from tests.support.emulator_conformance.result import Result, compared, not_applicable

RAM = 0x10_0000
UART = 0xC000_2000  # its transmit register; the system controller before it reads as zero: the simplest UART
LIMIT = 1_000_000
PROGRAM = 0x700
ATTENTION = 0x200  # the word `attn`: ends a console program

# Console programs about what the POWER8 of the emulator does not have.
OTHER_HARDWARE = {
    "misc": "begins with addpcis of Power ISA 3.0, and asks for Microwatt's PVR",
    "modes": "radix translation: the emulator's memory is flat",
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
        if only not in program.stem:
            continue
        if (console := program.with_suffix(".console_out")).exists():
            yield from _console(program, console)
        elif program.with_suffix(".out").exists():
            yield _random(program)
        else:
            yield not_applicable("other", program.stem, "no expected output: it waits for input")


def _machine(program: Path) -> Machine:
    machine = Machine("power8", "little")
    machine.memory.map(0, RAM)
    machine.memory.write(0, program.read_bytes())
    machine.state.pc = 0
    return machine


# random programs


def _random(program: Path) -> Result:
    machine = _machine(program)
    machine.on_interrupt(lambda m, taken: "emulated" if power9.emulate(m, taken) else "interrupt")
    processor = power9.Power9(machine)
    try:
        stop = processor.step()
        while stop.reason in {"limit", "emulated"} and machine.state.instructions < LIMIT:
            stop = processor.step()
    except EmulatorError as error:
        return compared("random", program.stem, str(error))
    if stop.vector != PROGRAM:
        return compared("random", program.stem, f"stopped by {stop}")
    return compared("random", program.stem, _difference(processor, program.with_suffix(".out").read_text()))


def _difference(processor: power9.Power9, dump: str) -> str:
    state = processor.machine.state
    have = {f"GPR{i}": value for i, value in enumerate(state.gpr)}
    have |= {"CR": state.cr, "LR": state.lr, "CTR": state.ctr, "XER": state.xer | processor.xer}
    pairs = (line.split() for line in dump.splitlines())
    want = {pair[0]: int(pair[1], 16) for pair in pairs if len(pair) == 2}
    return ", ".join(
        f"{name} is {have[name]:#x}, not {value:#x}" for name, value in want.items() if have[name] != value
    )


# console programs


def _console(program: Path, expected: Path) -> Iterator[Result]:
    """Run a program; each line that it should print is a test."""
    name = program.stem.removeprefix("test_")
    wanted = expected.read_text().replace("\r", "").splitlines()
    printed = "" if name in OTHER_HARDWARE else _printed(program)
    for line in wanted:
        title, _, answer = line.partition(":")
        if name in OTHER_HARDWARE:
            yield not_applicable(f"console {name}", title, OTHER_HARDWARE[name])
        elif answer:  # the sum of all tests is none itself
            have = next((text for text in printed.splitlines() if text.startswith(f"{title}:")), "nothing")
            yield compared(f"console {name}", title, "" if have == line else f"{have!r}, not {line!r}")


def _printed(program: Path) -> str:
    machine = _machine(program)
    machine.memory.map(UART & ~0xFFFF, 0x1_0000)
    typed: list[str] = []
    machine.memory.watch(UART, 8, lambda _, __, value: typed.append(chr(value & 0xFF)))
    machine.on_interrupt(_until_attention)
    try:
        machine.run(max_instructions=LIMIT)
    except EmulatorError as error:
        typed.append(f"[{error}]")
    return "".join(typed).replace("\r", "")


def _until_attention(machine: Machine, taken: Taken) -> str | None:
    """Let the program's handlers have their interrupts, up to the one that its last `attn` causes."""
    if taken.vector != power9.EMULATION_ASSISTANCE or power9.emulate(machine, taken):
        return None
    last = machine.memory.load(taken.srr0, 4) == ATTENTION and not taken.srr1 & PR
    return "attention" if last else None
