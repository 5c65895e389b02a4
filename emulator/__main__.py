# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: `python -m emulator run FILE.elf` and `python -m emulator disassemble FILE.elf`."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from emulator import CPUS, EmulatorError, Machine, Taken, TraceEvent
from emulator.elf import Elf, Piece, parse

STACK_TOP, STACK_SIZE = 0x7FFF_0000, 0x10_0000
SYSTEM_CALL = 0xC00
EXIT, WRITE, EXIT_GROUP = 1, 4, 234  # Linux system calls


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return the exit code (2: it could not be done)."""
    options = _parser().parse_args(arguments)
    try:
        elf = parse(options.file.read_bytes())
        return _run(elf, options) if options.command == "run" else _disassemble(elf)
    except (EmulatorError, OSError) as error:
        sys.stderr.write(f"emulator: {error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emulator", description="A PowerPC processor in Python.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run a static program: Linux's exit and write are provided")
    run.add_argument("file", type=Path)
    run.add_argument(
        "--cpu", choices=sorted(CPUS), help="7447a, or power8 for a 64-bit program, if not given"
    )
    run.add_argument("--trace", action="store_true", help="print every write to MSR, FPSCR and SPRs")
    run.add_argument("--max-instructions", type=int, default=1_000_000_000)
    disassemble = commands.add_parser("disassemble", help="list the code of a file (needs capstone)")
    disassemble.add_argument("file", type=Path)
    return parser


# run


def load(elf: Elf, cpu: str) -> Machine:
    """Make a machine with the program in memory, a stack, and all that a user may use turned on."""
    machine = Machine(cpu, elf.endian)
    if machine.cpu.bits < elf.bits:
        raise EmulatorError(f"a {elf.bits}-bit program needs a {elf.bits}-bit processor, not the {cpu}")
    for piece in elf.segments:
        machine.memory.map(piece.address, max(piece.size, 1))
        machine.memory.write(piece.address, piece.data)
    if not elf.segments:
        raise EmulatorError("the file has no segments to load: link it first")
    machine.memory.map(STACK_TOP - STACK_SIZE, STACK_SIZE)
    state = machine.state
    state.gpr[1] = STACK_TOP - 64
    state.msr |= 0x0280_A000 | (1 << 63 if elf.bits == 64 else 0)  # VEC, VSX, EE, FP, SF
    state.pc = elf.entry
    holder = next((piece for piece in elf.segments if 0 <= elf.entry - piece.address < piece.size), None)
    if elf.bits == 64 and holder and not holder.executable:  # ELFv1: the entry is a function descriptor
        state.pc, state.gpr[2] = (
            int.from_bytes(machine.memory.read(elf.entry + i, 8), "big") for i in (0, 8)
        )
    return machine


def _run(elf: Elf, options: argparse.Namespace) -> int:
    machine = load(elf, options.cpu or ("7447a" if elf.bits == 32 else "power8"))
    machine.on_interrupt(_system_call)
    if options.trace:
        machine.trace(_print_event)
    stop = machine.run(max_instructions=options.max_instructions)
    if stop.reason == "exit":
        return machine.state.gpr[3] & 0xFF
    where = f"SRR0 {stop.srr0:#x} SRR1 {stop.srr1:#x}" if stop.srr0 is not None else f"pc {stop.pc:#x}"
    sys.stderr.write(f"emulator: stopped by {stop.reason} after {stop.instructions} instructions, {where}\n")
    return 1


def _system_call(machine: Machine, taken: Taken) -> str | None:
    """Carry out exit and write; anything else stops the run."""
    gpr = machine.state.gpr
    if taken.vector != SYSTEM_CALL:
        return f"interrupt {taken.vector:#x}"
    if gpr[0] in {EXIT, EXIT_GROUP}:
        return "exit"
    if gpr[0] != WRITE or gpr[3] not in {1, 2}:
        return f"system call {gpr[0]}"
    stream = sys.stdout if gpr[3] == 1 else sys.stderr
    stream.write(machine.memory.read(gpr[4], gpr[5]).decode(errors="replace"))
    gpr[3] = gpr[5]
    machine.state.crf[0] &= ~1  # no error
    machine.state.msr, machine.state.pc = taken.srr1, taken.srr0
    return None


def _print_event(event: TraceEvent) -> None:
    sys.stderr.write(f"{event.pc:#010x} {event.kind} {event.old:#x} -> {event.new:#x}\n")


# disassemble


def _disassemble(elf: Elf) -> int:
    for piece in elf.code:
        sys.stdout.writelines(f"{line}\n" for line in disassembly(elf, piece))
    return 0


def disassembly(elf: Elf, piece: Piece) -> Iterator[str]:
    """Return the lines of a piece of code: address, word, instruction (or .long for what is none)."""
    try:
        import capstone  # noqa: PLC0415 (a development dependency, wanted here only)
    except ImportError:
        raise EmulatorError("disassembling needs capstone: `pip install capstone`") from None
    mode = capstone.CS_MODE_64 if elf.bits == 64 else capstone.CS_MODE_32
    mode |= capstone.CS_MODE_LITTLE_ENDIAN if elf.endian == "little" else capstone.CS_MODE_BIG_ENDIAN
    engine = capstone.Cs(capstone.CS_ARCH_PPC, mode)
    for offset in range(0, len(piece.data) - 3, 4):
        data = piece.data[offset : offset + 4]
        found = next(engine.disasm(data, piece.address + offset), None)
        word = int.from_bytes(data, "little" if elf.endian == "little" else "big")
        text = f"{found.mnemonic}\t{found.op_str}".rstrip() if found else f".long\t{word:#010x}"
        yield f"{piece.address + offset:08x}\t{word:08x}\t{text}"


if __name__ == "__main__":
    sys.exit(main())
