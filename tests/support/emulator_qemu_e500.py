# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares instructions of the e500v2 with qemu's, and names what is known to differ.

`python -m tests.support.emulator_qemu_e500 --count 1000000 --seed 1` compares at random, and lists every
difference that is not known.
"""

import argparse
import random
import struct
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from emulator import Machine
from emulator.cpus import CPUS, PR, SPE
from emulator.decode import describe
from emulator.opcodes.line import Line
from emulator.opcodes.tables import LINES
from emulator.semantics.spe_exact import DOUBLE, SINGLE, is_invalid
from emulator.sprs_e500 import OFFSETS, SPEFSCR
from tests.support import emulator_qemu as qemu
from tests.support.emulator_oracle import operand_bits

M32 = 0xFFFF_FFFF
M64 = 0xFFFF_FFFF_FFFF_FFFF
SYSTEM_CALL, PROGRAM, ALIGNMENT = 8, 6, 5
_RECORD = struct.Struct(">33Q12I")
_NUMBER = {vector: number for number, vector in OFFSETS.items()}
_DATA = 32  # offset in the window that address registers point to


@dataclass(frozen=True)
class Case:
    """The state before or after one instruction; `vector` is the IVOR's number (8: it ran to its end)."""

    word: int
    gpr: tuple[int, ...]  # 64 bits each
    acc: int = 0
    cr: int = 0
    xer: int = 0
    lr: int = 0
    ctr: int = 0
    spefscr: int = 0
    msr: int = SPE
    vector: int = 0
    srr0: int = 0
    srr1: int = 0
    esr: int = 0
    dear: int = 0
    handler_msr: int = 0
    memory: bytes = bytes(qemu.WINDOW_SIZE)


def lines() -> list[Line]:
    """Return the instructions of the e500v2 that can be compared one at a time."""
    facilities = CPUS["e500v2"].facilities
    return [line for line in LINES if line.facility in facilities and line.mnemonic not in _APART]


# What changes how the harness goes on (rfi and the like, moves to MSR and IVORs, code), clocks, the TLB that
# qemu has, performance registers that it has not, and reservations, which outlive a case.
_APART = frozenset({
    "rfi", "rfci", "rfmci", "mtmsr", "wrtee", "wrteei", "mfspr", "mtspr", "tlbivax", "tlbsx", "tlbre",
    "tlbwe", "tlbsync", "mfpmr", "mtpmr", "icbi", "dcbi", "dcbtls", "dcbtstls", "dcblc", "icbtls",
    "icblc", "bblels", "bbelr", "lwarx", "stwcx.", "sc", "bc", "bclr", "bcctr", "b",
})  # fmt: skip


def _pack(case: Case) -> bytes:
    state = _RECORD.pack(
        *case.gpr, case.acc, case.cr, case.xer, case.lr, case.ctr, case.spefscr, case.msr, 0, 0, 0, 0, 0, 0
    )
    words = struct.pack(f">{qemu.WORDS}I", case.word, *(qemu.SC,) * (qemu.WORDS - 1))
    head = state + bytes(0x180 - len(state)) + words
    return head + bytes(qemu.WINDOW - len(head)) + case.memory


def _unpack(case: Case, record: bytes) -> Case:
    values = _RECORD.unpack_from(record)
    cr, xer, lr, ctr, spefscr, _, stub, srr0, srr1, esr, dear, handler = values[33:]
    return replace(
        case, gpr=values[:32], acc=values[32], cr=cr, xer=xer, lr=lr, ctr=ctr, spefscr=spefscr,
        vector=stub if stub < 16 else stub + 16, srr0=srr0, srr1=srr1, esr=esr, dear=dear,
        handler_msr=handler, memory=record[qemu.WINDOW :],
    )  # fmt: skip


def theirs(oracle: qemu.Qemu, cases: Sequence[Case]) -> list[Case]:
    """Run each case on qemu; address registers are moved to the window of the case's place in the batch."""
    records = oracle.batch([_pack(case) for case in cases])
    return [_unpack(case, record) for case, record in zip(cases, records, strict=True)]


def ours(case: Case, index: int) -> Case:
    """Run a case on the emulator, at the same addresses."""
    machine = Machine("e500v2")
    window = qemu.window(index)
    machine.memory.map(qemu.SLOT, 0x1000)
    machine.memory.map(window, qemu.WINDOW_SIZE)
    machine.memory.write(qemu.SLOT, b"".join(w.to_bytes(4) for w in (case.word, qemu.SC)))
    machine.memory.write(window, case.memory)
    s = machine.state
    s.gpr[:] = [v & M32 for v in case.gpr]
    s.gprh[:] = [v >> 32 for v in case.gpr]
    s.acc, s.cr, s.xer, s.lr, s.ctr, s.msr = case.acc, case.cr, case.xer, case.lr, case.ctr, case.msr
    s.spr[SPEFSCR] = case.spefscr
    s.pc = qemu.SLOT
    machine.on_interrupt(lambda _machine, _taken: "stop")
    stop = machine.run(max_instructions=4)
    assert stop.vector is not None, describe_case(case)
    assert stop.srr0 is not None
    assert stop.srr1 is not None
    return Case(
        case.word, tuple(h << 32 | v for h, v in zip(s.gprh, s.gpr, strict=True)), s.acc, s.cr, s.xer,
        s.lr, s.ctr, s.spr[SPEFSCR], case.msr, _NUMBER[stop.vector], stop.srr0, stop.srr1, s.spr[62],
        s.spr[61], s.msr, machine.memory.read(window, qemu.WINDOW_SIZE),
    )  # fmt: skip


# Drawing

_WORDS = (
    0, 1, 2, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, M32, M32 - 1, 31, 32, 33, 0xFFFF, 0x8000,
    0x8000_8000, 0x7FFF, 0x7FFF_7FFF, 0x8000_7FFF,
)  # fmt: skip
_SINGLES = (
    0, 1 << 31, 0x3F80_0000, 0xBF80_0000, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7F80_0001, 0xFFC1_2345, 1,
    0x8000_0001, 0x007F_FFFF, 0x0080_0000, 0x8080_0000, 0x7F7F_FFFF, 0xFF7F_FFFF, 0x4F00_0000, 0xCF00_0000,
    0x4F7F_FFFF, 0x4F80_0000, 0x3F00_0000, 0x3F7F_FFFF, 0xBF80_0001,
)  # fmt: skip
_DOUBLES = (
    0, 1 << 63, 0x3FF << 52, 0xBFF << 52, 0x7FF << 52, 0xFFF << 52, 0x7FF8 << 48, 0x7FF0_0000_0000_0001, 1,
    0xF_FFFF_FFFF_FFFF, 1 << 52, 0x7FEF_FFFF_FFFF_FFFF, 0x47EF_FFFF_E000_0000, 0x47EF_FFFF_F000_0000,
    0x3810 << 48, 0x380F_FFFF_FFFF_FFFF, 0x41DF_FFFF_FFC0_0000, 0xC1E0 << 48, 0x41EF_FFFF_FFE0_0000,
    0x41F0 << 48, 0x3FE0 << 48,
)  # fmt: skip


def _word(choose: random.Random) -> int:
    kind = choose.randrange(3)
    return (
        choose.choice(_WORDS) if kind == 0 else choose.randrange(256) if kind == 1 else choose.getrandbits(32)
    )


def single(choose: random.Random) -> int:
    """Draw a raw single: special, anything, near 1, near the borders of the format or of integers."""
    kind = choose.randrange(4)
    if kind == 0:
        return choose.choice(_SINGLES)
    if kind == 1:
        return choose.getrandbits(32)
    near = (
        choose.randrange(0x78, 0x88)
        if kind == 2
        else choose.choice((1, 2, 3, 0x96, 0x9D, 0x9E, 0x9F, 0xFD, 0xFE))
    )
    shift = choose.choice((0, 0, 10, 16))
    return choose.getrandbits(1) << 31 | near << 23 | choose.getrandbits(23) >> shift << shift


def double(choose: random.Random) -> int:
    """Draw a raw double in the same way."""
    kind = choose.randrange(4)
    if kind == 0:
        return choose.choice(_DOUBLES)
    if kind == 1:
        return choose.getrandbits(64)
    borders = (1, 2, 0x380, 0x381, 0x382, 0x41C, 0x41D, 0x41E, 0x41F, 0x47E, 0x47F, 0x7FD, 0x7FE)
    near = choose.randrange(0x3F8, 0x408) if kind == 2 else choose.choice(borders)
    shift = choose.choice((0, 0, 29, 40))
    return choose.getrandbits(1) << 63 | near << 52 | choose.getrandbits(52) >> shift << shift


def _pair(choose: random.Random) -> int:
    return _word(choose) << 32 | _word(choose)


def _singles(choose: random.Random) -> int:
    return single(choose) << 32 | single(choose)


def _values(line: Line) -> Callable[[random.Random], int]:
    if line.mnemonic.startswith("efd") or line.mnemonic == "efscfd":
        return _pair if line.mnemonic.startswith("efdcf") and line.mnemonic != "efdcfs" else double
    if line.facility in {"efs", "efv"}:
        return _pair if line.mnemonic[-4:-2] == "cf" else _singles
    return _pair


def draw(choose: random.Random, line: Line, index: int) -> Case:
    """Draw a case for a place in a batch. Address registers point into its window."""
    word = line.pattern.value | choose.getrandbits(32) & operand_bits(line)
    gpr = [value(choose) for value in [_values(line)] * 32]
    if "memory" in line.reads | line.writes:
        word = _aim(choose, line, word, gpr, qemu.window(index))
    enables = choose.choice((0, 0, 0, 1, choose.getrandbits(8) & 0x7F))
    return Case(
        word=word, gpr=tuple(gpr), acc=choose.choice((choose.getrandbits(64), _pair(choose))),
        cr=choose.getrandbits(32),
        xer=choose.getrandbits(3) << 29 | choose.choice((0, 4, choose.getrandbits(7))),
        lr=choose.getrandbits(32) & ~3, ctr=choose.getrandbits(32),
        spefscr=enables | choose.choice((0, choose.getrandbits(24) << 8 & 0xFF3E_FF00)),
        msr=choose.choice((SPE,) * 8 + (0, SPE | PR, PR)), memory=choose.randbytes(qemu.WINDOW_SIZE),
    )  # fmt: skip


def _fields(line: Line, word: int) -> dict[str, int]:
    return dict(zip(line.operands, line.extract(word), strict=True))


def _aim(choose: random.Random, line: Line, word: int, gpr: list[int], window: int) -> int:
    """Make the effective address lie in the window, aligned or not, from registers other than 0 and RT."""
    base = "RA0" if "RA0" in line.operands else "RA"
    if not _fields(line, word)[base]:
        word |= 1 << 16
    if line.invalid and line.is_invalid(word):
        word ^= 1 << 21
    if "RB" in line.operands and _fields(line, word)["RB"] == _fields(line, word)[base]:
        word ^= 1 << 11
    if "D" in line.operands:
        word = word & ~0xFFFF | choose.randrange(-32, 32) & 0xFFFF
    fields = _fields(line, word)
    if "RB" in fields:
        index = choose.choice((-8, 0, 4, 8, choose.randrange(-32, 32)))
        gpr[fields["RB"]] = gpr[fields["RB"]] >> 32 << 32 | index & M32
    at = window + choose.randrange(64, 200) & -choose.choice((1, 2, 4, 8, 8, 8))
    gpr[fields[base]] = gpr[fields[base]] >> 32 << 32 | at
    return word


# Differences that are known: docs/emulator-differences.md says which manual decides


@dataclass(frozen=True)
class Known:
    """One known difference: `applies` tells the cases, `ignored` the fields not compared (empty: all)."""

    reason: str
    applies: Callable[[Line, Case, Case, Case], bool]
    ignored: tuple[str, ...] = ()


def _embedded(line: Line) -> bool:
    return line.facility in {"efs", "efv"}


def _special(line: Line, case: Case, _mine: Case, _other: Case) -> bool:
    """Tell an operand of a comparison that is an infinity, a NaN or a denormalized number."""
    to = DOUBLE if line.mnemonic.startswith("efd") else SINGLE
    mask = M64 if to is DOUBLE else M32
    fields = _fields(line, case.word)
    return any(is_invalid(case.gpr[fields[name]] & mask, to) for name in ("RA", "RB"))


def _named(names: str) -> Callable[[Line, Case, Case, Case], bool]:
    mnemonics = frozenset(names.split())
    return lambda line, _case, _mine, _other: line.mnemonic in mnemonics


def _divides_badly(line: Line, case: Case, _mine: Case, _other: Case) -> bool:
    if line.mnemonic not in {"divw", "divwu"}:
        return False
    fields = _fields(line, case.word)
    divisor = case.gpr[fields["RB"]] & M32
    return divisor == 0 or (divisor == M32 and case.gpr[fields["RA"]] & M32 == 0x8000_0000)


KNOWN = (
    Known("no alignment interrupts", lambda _line, _case, mine, _other: mine.vector == ALIGNMENT),
    Known(
        "not implemented",
        lambda line, _case, _mine, other: other.vector == PROGRAM and line.facility == "spe",
    ),
    Known(
        "results of its own",
        _named("evrndw evlwhsplat evlwhsplatx evldh evldhx evslw evsrwu evsrws"),
        ("gpr",),
    ),
    Known("the lower result's sign spills into the upper", _named("evfsctsi evfsctsiz"), ("gpr",)),
    Known(
        "SRR1 gets the cause as well", lambda _line, _case, mine, _other: mine.vector == PROGRAM, ("srr1",)
    ),
    Known("undefined: more than one field", lambda line, *_: line.mnemonic == "mfocrf"),
    Known("undefined quotients", _divides_badly),
    Known("SPEFSCR is never written", lambda line, *_: _embedded(line), ("spefscr",)),
    Known("no interrupt", lambda _line, _case, mine, _other: mine.vector in {33, 34}),
    Known(
        "no status",
        lambda line, _case, mine, _other: _embedded(line) and bool(mine.spefscr & _ERRORS),
        ("gpr",),
    ),
    Known("nearest only", lambda line, case, *_: _embedded(line) and bool(case.spefscr & 3), ("gpr",)),
    Known("fractions scaled by 2**32", _named("evfscfsf evfsctsf efscfsf efsctsf efdcfsf efdctsf"), ("gpr",)),
    Known(
        "spills into the next CR field",
        lambda line, *_: line.mnemonic.startswith(("evfscmp", "evfstst")),
        ("cr",),
    ),
    Known(
        "orders special values as IEEE 754 does",
        lambda line, case, mine, other: (
            _embedded(line) and "BF" in line.operands and _special(line, case, mine, other)
        ),
        ("cr",),
    ),
)
_ERRORS = 0x0F00_0F00  # FINV, FDBZ, FUNF, FOVF of both words

_COMPARED = tuple(name for name in Case.__dataclass_fields__ if name not in {"word", "msr"})


def difference(line: Line, case: Case, mine: Case, other: Case) -> str:
    """Say in what the outcomes differ beyond what is known; "" for nothing."""
    ignored: set[str] = set()
    for known in KNOWN:
        if known.applies(line, case, mine, other):
            if not known.ignored:
                return ""
            ignored.update(known.ignored)
    names = [n for n in _COMPARED if n not in ignored and getattr(mine, n) != getattr(other, n)]
    if not names:
        return ""
    return f"{describe_case(case)}: " + "; ".join(
        f"{n} {_show(getattr(mine, n), getattr(other, n))}" for n in names
    )


def _show(mine: object, other: object) -> str:
    if isinstance(mine, tuple | bytes) and isinstance(other, tuple | bytes):
        pairs = enumerate(zip(mine, other, strict=True))
        return ", ".join(f"[{i}] {a:#x} != {b:#x}" for i, (a, b) in pairs if a != b)[:200]
    return f"{mine:#x} != {other:#x}"


def describe_case(case: Case) -> str:
    """Write the instruction with the values of its registers."""
    line = next(ln for ln in lines() if case.word & ln.pattern.mask == ln.pattern.value)
    fields = zip(line.operands, line.extract(case.word), strict=True)
    values = " ".join(f"{n}:{case.gpr[v]:#x}" for n, v in fields if n in {"RT", "RA", "RB", "RS", "RA0"})
    state = f"acc={case.acc:#x} spefscr={case.spefscr:#x}"
    return f"{describe(line, case.word)} ({case.word:#010x}) {values} {state}"


def compare(oracle: qemu.Qemu, drawn: Iterable[tuple[Line, Case]]) -> list[tuple[Line, str]]:
    """Run cases on both, in one batch, and return the differences."""
    pairs = list(drawn)
    others = theirs(oracle, [case for _, case in pairs])
    found = []
    for index, ((line, case), other) in enumerate(zip(pairs, others, strict=True)):
        text = difference(line, case, ours(case, index), other)
        if text:
            found.append((line, text))
    return found


def main(arguments: Sequence[str]) -> int:
    """Compare at random."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="mnemonics that start so")
    options = parser.parse_args(arguments)
    missing = qemu.missing("e500v2")
    if missing:
        sys.stdout.write(f"nothing was compared: {missing}" + "\n")
        return 1
    choose = random.Random(options.seed)
    usable = [line for line in lines() if line.mnemonic.startswith(options.only)]
    counts: Counter[str] = Counter()
    done = 0
    with qemu.Qemu("e500v2") as oracle:
        while done < options.count:
            size = min(qemu.MOST, options.count - done)
            chosen = [choose.choice(usable) for _ in range(size)]
            for line, text in compare(oracle, [(ln, draw(choose, ln, i)) for i, ln in enumerate(chosen)]):
                counts[line.mnemonic] += 1
                if counts[line.mnemonic] <= 3:
                    sys.stdout.write(text + "\n")
            done += size
    sys.stdout.write(
        f"{done} instructions compared, {sum(counts.values())} differences: {dict(counts)}" + "\n"
    )
    return int(bool(counts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
