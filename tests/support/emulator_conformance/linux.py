# SPDX-License-Identifier: GPL-2.0-or-later
"""Static Linux programs as users on the emulator: memory as execve leaves it, and a few system calls."""

import struct
from dataclasses import dataclass, field
from pathlib import Path

from emulator import EmulatorError, Machine, MemoryFault, Taken
from emulator.cpus import LE, SF
from emulator.elf import Elf, parse

STACK, STACK_SIZE = 0x7000_0000, 0x10_0000
HEAP_SIZE = 0x100_0000
ANONYMOUS = 0x6000_0000
LIMIT = 2_000_000_000
SYSTEM_CALL = 0xC00
READ_PVR, PVR = 0x7C1F_42A6, 287  # mfpvr is privileged; Linux carries it out for its users,
MCRXR = 0x7C00_0400  # and mcrxr where the processor no longer has it
USER_MSR = 0x0280_E000  # VEC, VSX, EE, PR, FP
UPTIME = 1 << 40  # ticks of the time base
ENOENT, EINVAL, ENOTTY, ENOSYS = 2, 22, 25, 38

# Auxiliary vector (elf.h) and bits of AT_HWCAP, AT_HWCAP2 (asm/cputable.h)
AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_ENTRY, AT_HWCAP, AT_SECURE, AT_RANDOM = 3, 4, 5, 6, 9, 16, 23, 25
AT_DCACHEBSIZE, AT_HWCAP2 = 19, 26
HWCAP = {
    "750": (0x8C00_0000, 0),  # 32, FPU, MMU
    "7447a": (0x9C00_0000, 0),  # … ALTIVEC
    "970": (0xDC08_0000, 0),  # … 64, POWER4
    "power8": (0xDC00_65C2 | 0x80, 0xAC00_0000),  # … VSX, DFP, ARCH_2_06; ARCH_2_07, ISEL, TAR, VEC_CRYPTO
}


@dataclass
class Process:
    """A program that runs: what it printed, and how it ended."""

    machine: Machine
    wide: bool
    brk: int
    mapped: int = ANONYMOUS
    printed: bytearray = field(default_factory=bytearray)
    complaints: bytearray = field(default_factory=bytearray)  # standard error
    status: int | None = None
    unknown: set[int] = field(default_factory=set)  # system calls that were refused


def execute(program: Path, cpu: str, arguments: list[str]) -> tuple[Process, str]:
    """Run a static program; return it and why it stopped other than by exit, or ""."""
    data = program.read_bytes()
    elf = parse(data)
    process = _load(elf, data, cpu, [program.name, *arguments])
    process.machine.on_interrupt(lambda _, taken: _interrupt(process, taken))
    try:
        stop = process.machine.run(max_instructions=LIMIT)
    except EmulatorError as error:
        return process, f"{error} at {process.machine.state.pc:#x}"
    return process, "" if stop.reason == "exit" else f"{stop.reason} at {stop.srr0 or stop.pc:#x}"


def _load(elf: Elf, data: bytes, cpu: str, arguments: list[str]) -> Process:
    machine = Machine(cpu, elf.endian)
    memory, state = machine.memory, machine.state
    for piece in elf.segments:
        memory.map(piece.address, max(piece.size, 1))
        memory.write(piece.address, piece.data)
    end = max(piece.address + piece.size for piece in elf.segments) + 0xFFFF & ~0xFFFF
    memory.map(end, HEAP_SIZE)
    memory.map(STACK - STACK_SIZE, STACK_SIZE)
    wide = elf.bits == 64
    process = Process(machine, wide, end)
    state.gpr[1] = _stack(process, elf, data, arguments, HWCAP[cpu])
    state.msr = USER_MSR | (SF if wide else 0) | (LE if elf.endian == "little" else 0)
    state.tb = UPTIME
    state.pc = elf.entry
    if wide and elf.endian == "big":
        state.pc, state.gpr[2] = (memory.load(elf.entry + i, 8) for i in (0, 8))
    state.gpr[12] = state.pc
    return process


def _stack(process: Process, elf: Elf, data: bytes, arguments: list[str], hwcap: tuple[int, int]) -> int:
    """Lay out strings, auxiliary vector, environment and arguments; return the stack pointer."""
    memory, order = process.machine.memory, ">" if elf.endian == "big" else "<"
    header, entry, count = (32, 54, 56) if process.wide else (28, 42, 44)
    phoff = struct.unpack_from(order + ("Q" if process.wide else "I"), data, header)[0]
    first = min(elf.segments, key=lambda piece: piece.address)
    auxiliary = {
        AT_PHDR: first.address + phoff,
        AT_PHENT: struct.unpack_from(order + "H", data, entry)[0],
        AT_PHNUM: struct.unpack_from(order + "H", data, count)[0],
        AT_PAGESZ: 0x1_0000,
        AT_ENTRY: elf.entry,
        AT_HWCAP: hwcap[0],
        AT_HWCAP2: hwcap[1],
        AT_SECURE: 0,
        AT_DCACHEBSIZE: process.machine.cpu.cache_block,
        AT_RANDOM: STACK - 64,
    }
    text = b"".join(argument.encode() + b"\0" for argument in arguments)
    at = STACK - 256 - len(text)
    memory.write(at, text)
    pointers = [len(arguments)]
    for argument in arguments:
        pointers.append(at)
        at += len(argument) + 1
    words = [*pointers, 0, 0, *(word for pair in auxiliary.items() for word in pair), 0, 0]
    block = struct.pack(f"{order}{len(words)}{'Q' if process.wide else 'I'}", *words)
    pointer = STACK - 1024 - len(block) & ~15
    memory.write(pointer, block)
    return pointer


# system calls


def _interrupt(process: Process, taken: Taken) -> str | None:
    machine = process.machine
    state = machine.state
    if taken.vector != SYSTEM_CALL:
        word = machine.memory.load(taken.srr0, 4)
        if word & ~(31 << 21) == READ_PVR:
            state.gpr[word >> 21 & 31] = state.spr[PVR]
            state.msr, state.pc = taken.srr1, taken.srr0 + 4
            return None
        if word & ~(7 << 23) == MCRXR:
            state.crf[word >> 23 & 7] = state.so << 3 | state.ov << 2 | state.ca << 1
            state.so = state.ov = state.ca = 0
            state.msr, state.pc = taken.srr1, taken.srr0 + 4
            return None
        return f"interrupt {taken.vector:#x} (word {word:#010x}, address {taken.address})"
    number, arguments = state.gpr[0], state.gpr[3:9]
    if number in {1, 234}:  # exit, exit_group
        process.status = arguments[0] & 0xFF
        return "exit"
    answer = _call(process, number, arguments)
    state.crf[0] = state.crf[0] & ~1 | (answer < 0)
    state.gpr[3] = abs(answer)
    state.msr, state.pc = taken.srr1, taken.srr0
    return None


def _call(process: Process, number: int, arguments: list[int]) -> int:
    """Carry out one system call (asm/unistd.h); return its result, negative for an error."""
    name = _CALLS.get(number, "")
    if name in {"write", "writev"}:
        return _write(process, name, arguments)
    if name == "brk":
        process.brk = max(process.brk, arguments[0])
        return process.brk
    if name == "mmap":
        return _map(process, arguments)
    if number not in _CALLS:
        process.unknown.add(number)
    return _ANSWERS.get(name, -ENOSYS)


_ANSWERS = {"readlink": -ENOENT, "open": -ENOENT, "ioctl": -ENOTTY, "pid": 1, "nothing": 0}
_CALLS = {
    4: "write", 146: "writev", 45: "brk", 90: "mmap", 192: "mmap", 85: "readlink", 296: "readlink",
    5: "open", 286: "open", 54: "ioctl", 20: "pid", 207: "pid", 232: "pid", 250: "pid",
    91: "nothing", 125: "nothing", 173: "nothing", 174: "nothing", 300: "nothing",
    6: "nothing", 122: "nothing",
}  # fmt: skip
# 91 munmap, 125 mprotect, 173 rt_sigaction, 174 rt_sigprocmask, 300 set_robust_list, 6 close, 122 uname;
# 232 set_tid_address, 207 gettid, 250 tgkill


def _write(process: Process, name: str, arguments: list[int]) -> int:
    memory = process.machine.memory
    file, address, size = arguments[:3]
    pieces = [(address, size)]
    if name == "writev":
        word = 8 if process.wide else 4
        at = [address + 2 * word * i for i in range(size)]
        pieces = [(memory.load(a, word), memory.load(a + word, word)) for a in at]
    try:
        data = b"".join(memory.read(*piece) for piece in pieces if piece[1])
    except MemoryFault:
        return -14
    if file == 1:
        process.printed += data
    elif file == 2:
        process.complaints += data
    return len(data)


def _map(process: Process, arguments: list[int]) -> int:
    size, file = arguments[1] + 0xFFFF & ~0xFFFF, arguments[4] & 0xFFFF_FFFF
    if file != 0xFFFF_FFFF:
        return -EINVAL
    process.machine.memory.map(process.mapped, size)
    process.mapped += size
    return process.mapped - size
