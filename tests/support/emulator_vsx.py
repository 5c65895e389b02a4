# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares single VSX instructions with qemu's POWER8, in both byte orders.

`python -m tests.support.emulator_vsx --count 1000000 --seed 1 [--little] [--only MNEMONIC]` lists every
difference at random instructions that is not known.
"""

import argparse
import random
import struct
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from emulator import Machine, Taken
from emulator.cpus import FE0, FE1, FP, HV, LE, SF, VEC, VSX
from emulator.decode import describe
from emulator.opcodes import vsx
from emulator.opcodes.line import Line
from emulator.semantics.float_move import narrow, widen
from emulator.semantics.float_status import (
    EXCEPTIONS,
    FEX,
    FI,
    FPRF,
    FR,
    FX,
    NI,
    OE,
    UE,
    VE,
    XE,
    ZE,
)  # fmt: skip
from tests.support import emulator_qemu as qemu
from tests.support.emulator_oracle import double, operand_bits
from tests.support.emulator_qemu import Sample
from tests.support.emulator_vectors import single
from tests.support.emulator_vsx_known import ENABLES, SCALAR_SINGLES, accept_known, summary

BATCH = 4096
M32, M64 = 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF
_SLOT_PAGE = 0x1000
LINES = vsx.LINES
_AT = 128  # where in the sample's memory the even registers point
_INTEGERS = (
    0,
    1,
    1 << 31,
    (1 << 31) - 1,
    M32,
    1 << 63,
    (1 << 63) - 1,
    M64,
    (1 << 53) + 1,
    (1 << 24) + 1,
    M64 - 1023,
    0x7FFF_FFBF_FFFF_FFFF,
)


# Drawing


def single_as_double(choose: random.Random) -> int:
    """Draw a raw double that is a single."""
    return widen(single(choose))


def integers(choose: random.Random) -> int:
    """Draw a doubleword for conversions from integers."""
    kind = choose.randrange(3)
    if kind == 0:
        return choose.choice(_INTEGERS)
    return choose.getrandbits(64) if kind == 1 else choose.getrandbits(64) >> choose.randrange(64)


def near_integer(choose: random.Random) -> int:
    """Draw a double near the bounds of integers, or with a half behind the point."""
    base = choose.choice(
        (0.0, 0.5, 1.5, 2.5, 2.0**31, 2.0**32, 2.0**63, 2.0**64, 2.0**52, 2.0**23, 2.0**51, 12345.0)
    )
    value = base + choose.choice((0.0, 0.5, -0.5, 1.0, -1.0, 0.25, -0.75))
    raw = int.from_bytes(struct.pack(">d", choose.choice((1, -1)) * value))
    return raw + choose.choice((0, 0, 1, -1)) & M64


def register(choose: random.Random, kind: str) -> int:
    """Draw a register: what suits an instruction of this kind, now and then anything."""
    if choose.randrange(12) == 0:
        return choose.getrandbits(128)
    if kind == "singles":
        return int.from_bytes(struct.pack(">4I", *(_single(choose) for _ in range(4))))
    halves = {"doubles": _double, "short": single_as_double, "integers": integers}[kind]
    return halves(choose) << 64 | halves(choose)


def _double(choose: random.Random) -> int:
    return near_integer(choose) if choose.randrange(4) == 0 else double(choose)


def _single(choose: random.Random) -> int:
    return narrow(near_integer(choose)) if choose.randrange(4) == 0 else single(choose)


def _of_singles(name: str) -> bool:
    if name == "xvcvdpsp":
        return False
    return name.startswith(("xvcvsp", "xvrsp")) or name.endswith("sp")


def kind_of(choose: random.Random, line: Line) -> str:
    """What the registers of an instruction should hold."""
    name = line.mnemonic
    if "cvux" in name or "cvsx" in name:
        return "integers"
    if name.startswith("xv"):
        return (
            "singles"
            if name.startswith("xvcvsp")
            or (name.endswith(("sp", "spi", "spic", "spim", "spip", "spiz")) and name != "xvcvdpsp")
            else "doubles"
        )
    if name.startswith("xscvsp"):
        return "singles"
    if name in SCALAR_SINGLES:
        return "short"
    return choose.choice(("doubles", "doubles", "short", "singles"))


def _close_to(choose: random.Random, value: float, code: str) -> int:
    """Return the raw number next to a value, of either sign."""
    try:
        raw = int.from_bytes(struct.pack(f">{code}", choose.choice((1, -1)) * value))
    except OverflowError:
        return 0
    return raw + choose.randrange(-1, 2) & (M32 if code == "f" else M64)


def cancelling(choose: random.Random, vsr: list[int], line: Line, word: int) -> None:
    """Make the addend of a fused operation almost the product, so that the sum loses its high bits."""
    t, a, b = line.extract(word)[:3]
    factor, addend = (b, t) if line.mnemonic[-3] == "a" else (t, b)
    code, width = ("f", 32) if _of_singles(line.mnemonic) and line.mnemonic.startswith("xv") else ("d", 64)
    pairs = (struct.unpack(f">{128 // width}{code}", vsr[n].to_bytes(16)) for n in (a, factor))
    if addend not in {a, factor}:
        vsr[addend] = 0
        for x, y in zip(*pairs, strict=True):
            vsr[addend] = vsr[addend] << width | _close_to(choose, x * y, code)


def control(choose: random.Random) -> int:
    """Draw FPSCR: a rounding mode, sometimes enables, NI and exceptions of before."""
    f = choose.randrange(4) if choose.getrandbits(1) else 0
    if choose.randrange(3) == 0:
        f |= choose.getrandbits(5) << 3 & choose.getrandbits(5) << 3 | choose.choice((0, VE, OE, UE, ZE, XE))
    if choose.randrange(16) == 0:
        f |= NI
    if choose.getrandbits(1):
        f |= choose.getrandbits(32) & (FR | FI | FPRF)
    return f | (choose.getrandbits(32) & (FX | EXCEPTIONS) if choose.randrange(4) == 0 else 0)


def mode(choose: random.Random, *, little: bool) -> int:
    """Draw MSR: now and then a facility is off, or FP exceptions on (not both: that hangs qemu)."""
    msr = SF | HV | FP | VEC | VSX | (LE if little else 0)
    if choose.randrange(32) == 0:
        return msr & ~choose.choice((FP, VEC, VSX))
    return msr | (choose.choice((FE0, FE1, FE0 | FE1)) if choose.randrange(4) == 0 else 0)


def draw(choose: random.Random, line: Line, index: int, *, little: bool) -> Sample:
    """Draw operands and a state for a line at this place of a batch. Operands are often equal."""
    word = line.pattern.value | choose.getrandbits(32) & operand_bits(line)
    if "RB" in line.operands:  # RB even: an address; RA odd: a displacement, or the value 0
        word &= ~0x800
        word |= 0x1_0000 if word & 0x1F_0000 else 0
    kind = kind_of(choose, line)
    pool = [register(choose, kind) for _ in range(6)]
    vsr = choose.choices(pool, k=64)
    if ("madd" in line.mnemonic or "msub" in line.mnemonic) and choose.randrange(3) == 0:
        cancelling(choose, vsr, line, word)
    at = qemu.window(index) + _AT + choose.randrange(32)
    gpr = [choose.randrange(64) if n & 1 else at for n in range(32)]
    if "RB" not in line.operands:
        gpr = [integers(choose) for _ in range(32)]
    msr, fpscr = mode(choose, little=little), summary(control(choose))
    if msr & (FE0 | FE1) and fpscr & FEX:
        fpscr &= ~ENABLES & ~FEX  # the deferred interrupt, which qemu does not know, is tested by hand
    return Sample(
        words=(word,), gpr=tuple(gpr), vsr=tuple(vsr), cr=choose.getrandbits(32), fpscr=fpscr, msr=msr,
        pc=qemu.SLOT_LITTLE if little else qemu.SLOT, memory=choose.randbytes(qemu.WINDOW_SIZE),
    )  # fmt: skip


# Ours


class Ours:
    """Our POWER8, used again for every sample."""

    def __init__(self, *, little: bool) -> None:
        self._order = "little" if little else "big"
        self._machine = machine = Machine("power8", self._order)
        self._slot = qemu.SLOT_LITTLE if little else qemu.SLOT
        machine.memory.map(self._slot & -_SLOT_PAGE, 2 * _SLOT_PAGE)
        machine.memory.map(qemu.RECORDS, BATCH * qemu.SIZE)
        machine.on_interrupt(self._taken)

    @staticmethod
    def _taken(_machine: Machine, _taken: Taken) -> str:
        return "interrupt"

    def run(self, index: int, sample: Sample) -> Sample:
        """Run the sample that qemu runs at this place of its batch."""
        machine, state = self._machine, self._machine.state
        code = b"".join(word.to_bytes(4, self._order) for word in (*sample.words, qemu.SC))  # type: ignore[arg-type]
        machine.memory.write(self._slot, code)
        machine.memory.write(qemu.window(index), sample.memory)
        state.gpr[:] = sample.gpr
        for n, value in enumerate(sample.vsr):
            state.vsr[n] = value
        state.cr, state.fpscr, state.msr, state.pc = sample.cr, sample.fpscr, sample.msr, self._slot
        stop = machine.run(max_instructions=2)
        return replace(
            sample, gpr=tuple(state.gpr), vsr=tuple(state.vsr), cr=state.cr, fpscr=state.fpscr,
            vector=stop.vector or 0, srr0=stop.srr0 or 0, srr1=stop.srr1 or 0,
            memory=machine.memory.read(qemu.window(index), qemu.WINDOW_SIZE),
        )  # fmt: skip


_COMPARED = ("gpr", "vsr", "cr", "fpscr", "vector", "srr0", "srr1", "memory")


def difference(line: Line, before: Sample, mine: Sample, theirs: Sample) -> str:
    """Say in what two outcomes differ; "" for nothing."""
    names = [name for name in _COMPARED if getattr(mine, name) != getattr(theirs, name)]
    if not names:
        return ""
    shown = "; ".join(_show(name, getattr(mine, name), getattr(theirs, name)) for name in names)
    registers = {"XT", "XS", "XA", "XB", "XC"}
    operands = zip(line.operands, line.extract(before.words[0]), strict=True)
    inputs = " ".join(f"{n}={before.vsr[v]:#034x}" for n, v in operands if n in registers)
    return f"{describe(line, before.words[0])} FPSCR={before.fpscr:#x} MSR={before.msr:#x} {inputs}: {shown}"


def _show(name: str, mine: int | Sequence[int], theirs: int | Sequence[int]) -> str:
    if isinstance(mine, int) or isinstance(theirs, int):
        return f"{name} {mine:#x} != {theirs:#x}"
    pairs = enumerate(zip(mine, theirs, strict=True))
    return ", ".join(f"{name}[{i}] {a:#x} != {b:#x}" for i, (a, b) in pairs if a != b)[:200]


def compare(count: int, seed: int, *, little: bool, only: str = "") -> list[str]:
    """Compare `count` random instructions, all lines in turn, and return the differences."""
    choose = random.Random(seed)
    pool = [line for line in LINES if not only or line.mnemonic == only]
    mine = Ours(little=little)
    found = []
    with qemu.Qemu("power8") as theirs:
        for start in range(0, count, BATCH):
            drawn = [pool[i % len(pool)] for i in range(start, min(count, start + BATCH))]
            cases = [draw(choose, line, i, little=little) for i, line in enumerate(drawn)]
            outs = theirs.run(cases)
            for i, (line, case, out) in enumerate(zip(drawn, cases, outs, strict=True)):
                ours = mine.run(i, case)
                found.append(difference(line, case, ours, accept_known(line, case, ours, out)))
    return [text for text in found if text]


def main() -> int:
    """Run the long comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--little", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    found = compare(options.count, options.seed, little=options.little, only=options.only)
    for text in found[:40]:
        sys.stdout.write(f"{text}\n")
    by_mnemonic = Counter(text.split()[0] for text in found)
    counts = f"{len(found)} differences {dict(by_mnemonic)}"
    sys.stdout.write(f"{options.count} compared, seed {options.seed}, {counts}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
