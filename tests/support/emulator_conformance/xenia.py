# SPDX-License-Identifier: GPL-2.0-or-later
"""Xenia's instruction tests: assembly files whose comments say registers and memory before and after.

A test whose instructions the GNU assembler does not know for a 970 with AltiVec (the vector instructions that
only the processor of the console has) is not applicable.
"""

import re
import struct
import subprocess
import tempfile
from collections.abc import Iterator, MutableSequence
from dataclasses import dataclass, field
from pathlib import Path

from emulator import EmulatorError, Machine
from tests.support.emulator_conformance.result import Result, compared, not_applicable

FOLDER = Path("src/xenia/cpu/ppc/testing")
PREFIX = "powerpc64-linux-gnu-"
FLAGS = ("-a64", "-be", "-mregnames", "-mpower4", "-maltivec")
CODE, DATA, RETURN = 0x1000_0000 - 0x100_0000, 0x1000_1000, 0xBCBC_BCBC & ~3
LIMIT = 100_000
ILLEGAL = 0x8_0000  # SRR1
M32 = 0xFFFF_FFFF
MSR = 0x0200_2000  # VEC, FP; the console runs its programs in 32-bit mode
_ERROR = re.compile(r":(\d+): Error: (.*)")
_LABEL = re.compile(r"\s*(test_\w+):")
_NOTE = re.compile(r"\s*#_ (REGISTER|MEMORY)_(IN|OUT) (\S+) (.*)")


# What the architecture leaves undefined and the console's processor, or xenia, answers in its own way.
UNDEFINED_HIGH = ("mulhw", "fctiwz")  # bits 0 to 31 of the result
UNDEFINED_ELEMENTS = ("lvebx", "lvehx", "lvewx")  # all but the one element
CONSOLE_OPCODES = (4, 5, 6)  # primary opcodes of the vector instructions that only the console has


@dataclass
class Case:
    name: str
    notes: list[tuple[str, str, str, str]] = field(default_factory=list)
    unknown: str = ""  # what the assembler says to one of its instructions


def run(path: Path, only: str) -> Iterator[Result]:
    """Run the files of a checkout."""
    for source in sorted((path / FOLDER).glob("*.s")):
        if only in source.stem and not source.stem.startswith("ppc_testing"):
            yield from _file(source)


def _file(source: Path) -> Iterator[Result]:
    lines = source.read_text().splitlines()
    with tempfile.TemporaryDirectory() as folder:
        unknown = _assemble(lines, Path(folder))
        code, symbols = _link(Path(folder))
    family = source.stem.removeprefix("instr_")
    for case in _cases(lines, unknown):
        yield _test(family, case, code, symbols[case.name])


def _test(family: str, case: Case, code: bytes, address: int) -> Result:
    if case.unknown:
        return not_applicable(family, case.name, case.unknown)
    word = int.from_bytes(code[address - CODE :][:4])
    difference = _run(case, code, address)
    if difference.startswith("illegal") and word >> 26 in CONSOLE_OPCODES:
        return not_applicable(family, case.name, f"{word:#010x} is an instruction of the console only")
    if difference and any(name in case.name for name in UNDEFINED_ELEMENTS):
        return not_applicable(family, case.name, f"elements that are undefined: {difference}")
    return compared(family, case.name, difference)


def _assemble(lines: list[str], folder: Path) -> dict[int, str]:
    """Assemble without the lines that are refused; return those, by index, with what is wrong."""
    refused: dict[int, str] = {}
    while True:
        kept = ["" if i in refused else line for i, line in enumerate(lines)]
        (folder / "t.s").write_text("\n".join(kept) + "\n")
        command = [f"{PREFIX}as", *FLAGS, "-o", "t.o", "t.s"]
        answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        found = {int(m[1]) - 1: m[2] for m in _ERROR.finditer(answer.stderr)}
        if answer.returncode == 0:
            return refused
        if not found:
            raise EmulatorError(f"the assembler failed: {answer.stderr}")
        refused |= found


def _link(folder: Path) -> tuple[bytes, dict[str, int]]:
    def tool(name: str, *arguments: str) -> str:
        command = [f"{PREFIX}{name}", *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout

    tool("ld", "-Ttext", hex(CODE), "-e", hex(CODE), "-o", "t.elf", "t.o")
    tool("objcopy", "-O", "binary", "-j", ".text", "t.elf", "t.bin")
    names = (line.split() for line in tool("nm", "t.elf").splitlines())
    return (folder / "t.bin").read_bytes(), {name[2]: int(name[0], 16) for name in names if len(name) == 3}


def _cases(lines: list[str], unknown: dict[int, str]) -> list[Case]:
    cases: list[Case] = []
    for number, line in enumerate(lines):
        if label := _LABEL.match(line):
            cases.append(Case(label[1]))
        elif cases and (note := _NOTE.match(line)):
            cases[-1].notes.append((note[1], note[2], note[3], note[4].strip()))
        elif cases and number in unknown:
            cases[-1].unknown = unknown[number]
    return cases


def _run(case: Case, code: bytes, address: int) -> str:
    machine = Machine("970")
    machine.memory.map(CODE, len(code))
    machine.memory.write(CODE, code)
    machine.memory.map(DATA, 0xF000)
    machine.state.msr, machine.state.lr, machine.state.pc = MSR, RETURN, address
    for kind, way, where, value in case.notes:
        if way == "IN" and kind == "MEMORY":
            machine.memory.write(int(where, 16), bytes.fromhex(value))
        elif way == "IN":
            _set(machine, where, value)
    try:
        stop = machine.run(until=RETURN, max_instructions=LIMIT)
    except EmulatorError as error:
        return str(error)
    if stop.reason != "until":
        return f"illegal at {stop.pc:#x}" if (stop.srr1 or 0) & ILLEGAL else f"stopped by {stop}"
    shown = M32 if any(name in case.name for name in UNDEFINED_HIGH) else -1
    return "; ".join(
        f"{where} is {have}, not {value}"
        for kind, way, where, value in case.notes
        if way == "OUT" and (have := _differs(machine, kind, where, value, shown))
    )


def _bits(where: str, value: str) -> int:
    """Return the bits of a register's value as the tests write it."""
    if where[0] == "v":
        words = value.strip("[]").replace(",", " ").split()
        return int("".join(word.zfill(8) for word in words), 16)
    if where[0] == "f" and not value.lower().startswith("0x"):
        return int.from_bytes(struct.pack(">d", float(value)))
    return int(value.lower().rstrip("ul"), 0) & 0xFFFF_FFFF_FFFF_FFFF


def _set(machine: Machine, where: str, value: str) -> None:
    if where == "cr":
        machine.state.cr = _bits(where, value)
    else:
        _file_of(machine, where)[int(where[1:])] = _bits(where, value)


def _file_of(machine: Machine, where: str) -> MutableSequence[int] | memoryview:
    state = machine.state
    if where[0] == "f":
        return state.fpr
    return state.gpr if where[0] == "r" else state.vr


def _differs(machine: Machine, kind: str, where: str, value: str, shown: int) -> str:
    if kind == "MEMORY":
        want = bytes.fromhex(value)
        data = machine.memory.read(int(where, 16), len(want))
        return data.hex(" ") if data != want else ""
    have = machine.state.cr if where == "cr" else _file_of(machine, where)[int(where[1:])]
    return f"{have:#x}" if (have ^ _bits(where, value)) & shown else ""
