# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws samples for qemu, runs them on our processor, and says where the two differ."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from emulator import Machine, Taken
from emulator.cpus import CPUS, FP, HV, LE, SF, TM, VEC, VSX
from emulator.decode import describe, index_of
from emulator.opcodes.line import Line
from emulator.opcodes.tables import LINES
from emulator.state import HID0, LPCR
from tests.support.emulator_oracle import double, operand_bits
from tests.support.emulator_qemu import (
    MODELS,
    RECORDS,
    SC,
    SLED,
    SLOT,
    SLOT_LITTLE,
    WINDOW_SIZE,
    WORDS,
    Sample,
    window,
)  # fmt: skip

DSI, ALIGNMENT, SYSTEM_CALL = 0x300, 0x600, 0xC00
ALIGNED = 16
_ADDRESSES = range(28, 32)  # registers that hold addresses in the sample's memory
_OFFSETS = range(24, 28)  # registers that hold small multiples of 16
_TARGETS = 24  # registers below may be written
_STRICT = {"reservation", "gpr"}  # what wants aligned addresses
_M64 = 0xFFFF_FFFF_FFFF_FFFF
_INTEGERS = (
    0, 1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001,
    0xFFFF_FFFE, 0xFFFF_FFFF, 0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000,
    0x8000_0000_0000_0001, 0xFFFF_FFFF_0000_0000, 0xFFFF_FFFF_7FFF_FFFF, 0xFFFF_FFFF_8000_0000,
    _M64 - 1, _M64,
)  # fmt: skip


class Ours:
    """Our processor, used again for every sample."""

    def __init__(self, cpu: str, endian: str = "big") -> None:
        self._machine = machine = Machine(cpu, endian)
        self._cpu, self._endian = cpu, endian
        self._slot = SLOT if endian == "big" else SLOT_LITTLE
        machine.memory.map(self._slot - SLED, 2 * SLED)
        machine.memory.map(RECORDS, 16 << 20)
        machine.memory.write(self._slot - SLED, self._code([SC] * (2 * SLED // 4)))
        machine.on_interrupt(self._taken)
        if endian == "little":  # the handler in the guest is big-endian
            machine.state.spr[HID0] = machine.state.spr[LPCR] = 0

    def _code(self, words: Sequence[int]) -> bytes:
        order = "big" if self._endian == "big" else "little"
        return b"".join(word.to_bytes(4, order) for word in words)  # type: ignore[arg-type]

    @staticmethod
    def _taken(_machine: Machine, _taken: Taken) -> str:
        return "interrupt"

    def run(self, index: int, sample: Sample) -> Sample:
        """Run one sample that qemu runs at this place of its batch."""
        machine, state = self._machine, self._machine.state
        memory = machine.memory
        memory.write(self._slot, self._code([*sample.words, *[SC] * (WORDS - len(sample.words))]))
        memory.write(window(index), sample.memory)
        state.gpr[:] = sample.gpr
        for number, value in enumerate(sample.vsr):
            state.vsr[number] = value
        state.cr, state.xer, state.lr, state.ctr = sample.cr, sample.xer, sample.lr, sample.ctr
        state.fpscr, state.vscr, state.msr, state.pc = sample.fpscr, sample.vscr, sample.msr, self._slot
        state.reservation = None
        if MODELS[self._cpu].vectors:
            state.spr[256] = sample.vrsave
        stop = machine.run(max_instructions=WORDS + 1)
        return replace(
            sample, gpr=tuple(state.gpr), vsr=tuple(state.vsr), cr=state.cr, xer=state.xer, lr=state.lr,
            ctr=state.ctr, fpscr=state.fpscr, vscr=state.vscr, vector=stop.vector or 0, srr0=stop.srr0 or 0,
            srr1=stop.srr1 or 0, dar=stop.address or 0, handler_msr=state.msr,
            vrsave=state.spr[256] if MODELS[self._cpu].vectors else 0,
            memory=memory.read(window(index), WINDOW_SIZE),
        )  # fmt: skip


_COMPARED = (
    "gpr", "vsr", "cr", "xer", "lr", "ctr", "fpscr", "vscr", "vrsave", "memory", "vector", "srr0", "srr1",
    "handler_msr", "dar",
)  # fmt: skip


def difference(cpu: str, mine: Sample, theirs: Sample) -> str:
    """Say in what the two outcomes differ; "" for nothing."""
    if theirs.vector in CPUS[cpu].hypervisor_vectors:
        theirs = replace(theirs, srr0=theirs.hsrr0, srr1=theirs.hsrr1)
    if theirs.vector != DSI and not (theirs.vector == ALIGNMENT and theirs.dar):
        theirs = replace(theirs, dar=mine.dar)
    found = [name for name in _COMPARED if getattr(mine, name) != getattr(theirs, name)]
    return "; ".join(_show(name, getattr(mine, name), getattr(theirs, name)) for name in found)


def _show(name: str, mine: int | Sequence[int], theirs: int | Sequence[int]) -> str:
    if isinstance(mine, int) or isinstance(theirs, int):
        return f"{name} {mine:#x} != {theirs:#x}"
    pairs = enumerate(zip(mine, theirs, strict=True))
    return ", ".join(f"{name}[{i}] {a:#x} != {b:#x}" for i, (a, b) in pairs if a != b)[:300]


def text(cpu: str, sample: Sample) -> str:
    """Write a sample's words as instructions."""
    find = index_of(CPUS[cpu].facilities).find
    described = [(find(word), word) for word in sample.words]
    return "; ".join(describe(line, word) if line else f"{word:#010x}" for line, word in described)


def mode(cpu: str, choose: random.Random, endian: str = "big") -> int:
    """Draw an MSR: everything usable, 64 or 32 bits wide."""
    facilities = FP | (VEC if MODELS[cpu].vectors else 0) | (VSX | TM if MODELS[cpu].vectors > 1 else 0)
    if CPUS[cpu].bits == 32:
        return facilities
    width = SF if choose.randrange(4) else 0
    return facilities | width | (HV if MODELS[cpu].hypervisor else 0) | (LE if endian == "little" else 0)


def integer(choose: random.Random, bits: int) -> int:
    """Draw a register value: special, small, or anything."""
    kind = choose.randrange(4)
    value = (
        choose.choice(_INTEGERS)
        if kind < 2
        else choose.randrange(256)
        if kind == 2
        else choose.getrandbits(64)
    )
    return value & (1 << bits) - 1


def vector(choose: random.Random) -> int:
    """Draw a VSX register: two doubles, four singles, repeated or random elements."""
    kind = choose.randrange(4)
    if kind == 0:
        return double(choose) << 64 | double(choose)
    if kind == 1:
        return sum((double(choose) >> 32) << 32 * i for i in range(4))
    if kind == 2:
        size = choose.choice((8, 16, 32, 64))
        element = integer(choose, size)
        return sum((element ^ choose.getrandbits(1)) << i for i in range(0, 128, size))
    return choose.getrandbits(128)


def draw(cpu: str, choose: random.Random, index: int, words: Sequence[int], msr: int) -> Sample:
    """Draw the state for some words that run at this place of a batch."""
    find = index_of(CPUS[cpu].facilities).find
    strict = any(line and (line.reads | line.writes) & _STRICT for line in map(find, words))
    bits = CPUS[cpu].bits
    gpr = [integer(choose, bits) for _ in range(32)]
    slack = 0 if strict or choose.randrange(8) else choose.randrange(16)
    garbage = choose.getrandbits(31) << 33 if bits == 64 and not msr & SF else 0
    for n in _OFFSETS:
        gpr[n] = choose.randrange(-5, 5) * ALIGNED + (1 << bits) & (1 << bits) - 1
    for n in _ADDRESSES:
        gpr[n] = window(index) + 160 + choose.randrange(9) * ALIGNED + slack | garbage
    slot = SLOT_LITTLE if msr & LE else SLOT
    return Sample(
        words=tuple(words),
        gpr=tuple(gpr),
        vsr=tuple(
            double(choose) << 64 | choose.getrandbits(64) if n < 32 else vector(choose) for n in range(64)
        ),
        cr=choose.getrandbits(32),
        xer=choose.getrandbits(3) << 29 | choose.choice((0, 4, choose.getrandbits(7))),
        lr=_place_to_go(choose, slot) | garbage,
        ctr=(choose.choice((1, 2)) if _counts(words[-1], choose) else _place_to_go(choose, slot)) | garbage,
        fpscr=choose.getrandbits(2),
        msr=msr,
        pc=slot,
        vscr=choose.choice((0, 0x1_0000)),
        vrsave=choose.getrandbits(32) if MODELS[cpu].vectors else 0,
        memory=choose.randbytes(WINDOW_SIZE),
    )


def _counts(word: int, choose: random.Random) -> bool:
    """Tell whether CTR shall be near its end rather than an address."""
    return word >> 26 == 16 and choose.randrange(3) == 0


def _place_to_go(choose: random.Random, slot: int) -> int:
    return (
        slot - choose.randrange(4, 0x400)
        if choose.getrandbits(1)
        else slot + 4 * WORDS + choose.randrange(0x400)
    )


def word_of(choose: random.Random, line: Line) -> int:
    """Draw a word of a line whose memory operands, targets and branches stay where the sample has room."""
    word = _draw_word(choose, line)
    while line.is_invalid(word):
        word = _draw_word(choose, line)
    return word


def _draw_word(choose: random.Random, line: Line) -> int:
    word = line.pattern.value | choose.getrandbits(32) & operand_bits(line)
    names = set(line.operands)
    if line.mnemonic in {"bcctr", "mfocrf"}:  # no other forms are valid
        word = word | 4 << 21 if line.mnemonic == "bcctr" else word & ~0xFF000 | 1 << choose.randrange(12, 20)
    if "memory" in line.reads | line.writes or "code" in line.writes:
        word = _address(choose, word, names)
    elif names & {"RT", "RA"}:
        word = _low_targets(choose, word, line, names)
    if names & {"BD", "LI"}:
        field, size = (0xFFFC, 0x400) if "BD" in names else (0x3FF_FFFC, 0x700)
        distance = choose.choice((choose.randrange(-size, -4 * WORDS), choose.randrange(4 * WORDS, size)))
        word = word & ~(field | 2) | distance & field
    return word


def _put(word: int, shift: int, value: int) -> int:
    return word & ~(31 << shift) | value << shift


def _address(choose: random.Random, word: int, names: set[str]) -> int:
    for name, low in (("D", 0), ("DS", 3), ("DQ", 15)):
        if name in names:
            step = 15 if word >> 26 == 62 and word & 2 else low  # stq has the form of std
            word = word & ~0xFFFF | choose.randrange(-96, 96) & 0xFFFF & ~step | word & low & 3
    indexed = "RB" in names
    if names & {"RA", "RA0"}:
        zero = indexed and "RA0" in names and choose.randrange(4) == 0
        word = _put(word, 16, 0 if zero else choose.choice(_ADDRESSES))
        if indexed:
            word = _put(word, 11, choose.choice(_ADDRESSES if zero else _OFFSETS))
    if "RT" in names:
        return _put(word, 21, choose.randrange(_TARGETS - 8 if "NB" in names else _TARGETS))
    return word


def _low_targets(choose: random.Random, word: int, line: Line, names: set[str]) -> int:
    written = "RA" if "RA" in line.writes else "RT" if "RT" in line.writes else ""
    shift = 16 if written == "RA" else 21
    return _put(word, shift, choose.randrange(_TARGETS)) if written and written in names else word


def lines(cpu: str, wanted: Callable[[Line], bool] = lambda _line: True) -> list[Line]:
    """Return the implemented unprivileged lines of a model that one word alone can be compared by."""
    facilities = CPUS[cpu].facilities
    return [
        line for line in LINES
        if line.facility in facilities and line.semantics and not line.privileged and wanted(line)
        and line.mnemonic not in _APART
    ]  # fmt: skip


# Whose outcome depends on the clock or on registers that the harness needs: tested by hand.
_APART = frozenset({"mfspr", "mtspr", "mftb", "sc", "rfebb", "bctar", "icbt", "tbegin.", "divde", "lswx"})


_CONDITIONAL = {
    "lbarx": "stbcx.", "lharx": "sthcx.", "lwarx": "stwcx.", "ldarx": "stdcx.",
}  # fmt: skip


def _reserve(choose: random.Random, load: Line, store: Line) -> list[int]:
    """Load and reserve, and store conditionally: mostly to the same address."""
    first, second = word_of(choose, load), word_of(choose, store)
    return [first, second & ~0x1F_F800 | first & 0x1F_F800 if choose.randrange(4) else second]


def _moves_addresses(line: Line) -> bool:
    return bool(line.writes & _STRICT) or ("RA" in line.writes and "memory" in line.reads | line.writes)


def samples(cpu: str, choose: random.Random, some: Sequence[Line], endian: str = "big") -> Iterator[Sample]:
    """Draw samples for a batch without end: one word each, or some that do not branch and one that may."""
    straight = [line for line in some if not line.ends and not _moves_addresses(line)]
    pairs = [(a, b) for a in some for b in some if b.mnemonic == _CONDITIONAL.get(a.mnemonic)]
    index = 0
    while True:
        count = choose.choice((0, 0, 3, 7, 15)) if straight else 0
        picked = [*(choose.choice(straight) for _ in range(count)), choose.choice(some)]
        words = [word_of(choose, line) for line in picked]
        if pairs and choose.randrange(16) == 0:
            words = _reserve(choose, *choose.choice(pairs))
        yield draw(cpu, choose, index, words, mode(cpu, choose, endian))
        index += 1
