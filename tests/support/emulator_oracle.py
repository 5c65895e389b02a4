# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs one instruction on our processor and on unicorn's from the same state, and says where they differ."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import unicorn
import unicorn.ppc_const as names

from emulator import Machine
from emulator.cpus import CPUS, FP, VEC
from emulator.decode import describe
from emulator.opcodes.line import Line
from emulator.opcodes.tables import LINES
from emulator.semantics.float_exact import DOUBLE, is_nan, multiply_add, turned
from emulator.semantics.float_move import narrow, widen

CODE = 0x5000_0000
DATA = 0x2000_0000
SIZE = 0x1000  # of each of the two
_MTXER, _MFXER = 0x7FE1_03A6, 0x7FE1_02A6  # by way of r31
_GPR = [getattr(names, f"UC_PPC_REG_{i}") for i in range(32)]
_FPR = [getattr(names, f"UC_PPC_REG_FPR{i}") for i in range(32)]
_REST = [getattr(names, f"UC_PPC_REG_{name}") for name in ("CR", "LR", "CTR", "FPSCR")]


@dataclass(frozen=True)
class Case:
    """The state that matters before or after one instruction; `event` is "" or what stopped it."""

    word: int
    gpr: tuple[int, ...] = (0,) * 32
    fpr: tuple[int, ...] = (0,) * 32
    cr: int = 0
    lr: int = 0
    ctr: int = 0
    fpscr: int = 0
    xer: int = 0
    data: bytes = field(default=bytes(SIZE), repr=False)
    pc: int = CODE
    event: str = ""


class Unicorn:
    """A 7447A of unicorn, used again for every case. Its XER is reached through mtxer and mfxer."""

    def __init__(self) -> None:
        uc: Any = unicorn.Uc(unicorn.UC_ARCH_PPC, unicorn.UC_MODE_PPC32 | unicorn.UC_MODE_BIG_ENDIAN)
        self._uc = uc
        uc.ctl_set_cpu_model(names.UC_CPU_PPC32_7447A_V1_1)
        uc.mem_map(CODE, 0x1000)
        uc.mem_map(DATA - 0x1000, 0x3000)
        self._event = ""
        uc.hook_add(unicorn.UC_HOOK_INTR, self._on_interrupt)

    def _on_interrupt(self, uc: Any, number: int, _data: object) -> None:
        self._event = f"interrupt {number}"
        uc.emu_stop()

    def run(self, case: Case) -> Case:
        """Run the one instruction."""
        uc = self._uc
        uc.mem_write(CODE, b"".join(w.to_bytes(4) for w in (case.word, _MTXER, _MFXER)))
        uc.ctl_remove_cache(CODE, CODE + 16)
        uc.mem_write(DATA, case.data)
        uc.reg_write(names.UC_PPC_REG_MSR, FP | VEC)
        uc.reg_write(_GPR[31], case.xer)
        uc.emu_start(CODE + 4, CODE + 8)
        for registers, values in (
            (_GPR, case.gpr),
            (_FPR, case.fpr),
            (_REST, (case.cr, case.lr, case.ctr, case.fpscr)),
        ):
            for register, value in zip(registers, values, strict=True):
                uc.reg_write(register, value)
        self._event = ""
        try:
            uc.emu_start(CODE, 0, count=1)
        except unicorn.UcError as error:
            self._event = self._event or f"fault {error.errno}"
        after = replace(case, pc=uc.reg_read(names.UC_PPC_REG_PC), event=self._event)
        gpr = tuple(uc.reg_read(register) for register in _GPR)
        uc.emu_start(CODE + 8, CODE + 12)
        cr, lr, ctr, fpscr = (uc.reg_read(register) for register in _REST)
        return replace(
            after, gpr=gpr, fpr=tuple(uc.reg_read(register) for register in _FPR), cr=cr, lr=lr, ctr=ctr,
            fpscr=fpscr, xer=uc.reg_read(_GPR[31]), data=bytes(uc.mem_read(DATA, SIZE)),
        )  # fmt: skip


def ours(case: Case, cpu: str = "7447a", msr: int = FP | VEC) -> Case:
    """Run the one instruction on a new machine."""
    machine = Machine(cpu)
    machine.memory.map(CODE, 0x1000)
    machine.memory.map(DATA - 0x1000, 0x3000)
    machine.memory.write(CODE, case.word.to_bytes(4))
    machine.memory.write(DATA, case.data)
    state = machine.state
    state.gpr[:] = case.gpr
    for i, value in enumerate(case.fpr):
        state.fpr[i] = value
    state.cr, state.lr, state.ctr, state.xer = case.cr, case.lr, case.ctr, case.xer
    state.fpscr, state.msr, state.pc = case.fpscr, msr, CODE
    stop = machine.run(max_instructions=1)
    event = "" if stop.reason == "limit" else f"{stop.reason} {stop.vector:#x} {stop.srr1:#x}"
    return Case(
        case.word, tuple(state.gpr), tuple(state.fpr), state.cr, state.lr, state.ctr, state.fpscr, state.xer,
        machine.memory.read(DATA, SIZE), state.pc, event,
    )  # fmt: skip


@cache
def operand_bits(line: Line) -> int:
    """The bits of a word that the line reads operands from."""
    free = [1 << bit for bit in range(32) if not line.pattern.mask >> bit & 1]
    base = line.pattern.value
    return sum(
        bit for bit in free if line.extract(base | bit) != line.extract(base) or _in_condition(line, bit)
    )


def _in_condition(line: Line, bit: int) -> bool:
    return "NB" in line.operands and bit in {1 << n for n in range(11, 16)}


# unicorn shows no vector registers, its SPRs are of other models, a lone stwcx. depends on what ran before,
# and what mfocrf reads beside its field is undefined.
_APART = frozenset({"mfocrf", "mfspr", "mtspr", "mftb", "stwcx.", "sc", "dss"})


def lines() -> list[Line]:
    """Return the implemented lines of the 7447A that can be compared one instruction at a time."""
    facilities = CPUS["7447a"].facilities - {"altivec", "streams"}
    usable = [
        line for line in LINES if line.facility in facilities and line.semantics and not line.privileged
    ]
    return [line for line in usable if line.mnemonic not in _APART]


_INTEGERS = (
    0,
    1,
    2,
    0x7FFF_FFFF,
    0x8000_0000,
    0x8000_0001,
    0xFFFF_FFFF,
    0xFFFF_FFFE,
    31,
    32,
    33,
    0xFFFF,
    0x8000,
)
_DOUBLES = (
    0, 1 << 63, 0x3FF << 52, 0xBFF << 52, 0x7FF << 52, 0xFFF << 52, 0x7FF8 << 48,
    0x7FF0_0000_0000_0001, 0xFFF8_0000_0000_1234, 0xFFF4_0000_0000_0000, 1, 0xF_FFFF_FFFF_FFFF,
    0x0010_0000_0000_0000, 0x7FEF_FFFF_FFFF_FFFF, 0x47EF_FFFF_E000_0000, 0x47EF_FFFF_F000_0000,
    0x3810_0000_0000_0000, 0x380F_FFFF_FFFF_FFFF, 0x36A0_0000_0000_0000, 0x3690_0000_0000_0000,
    0x4330_0000_0000_0000, 0x41DF_FFFF_FFC0_0000, 0xC1E0_0000_0000_0000, 0x41DF_FFFF_FFE0_0000,
    0x43E0_0000_0000_0000, 0xC3E0_0000_0000_0000, 0x3FE0_0000_0000_0000, 0x4004_0000_0000_0000,
)  # fmt: skip


def integer(choose: random.Random) -> int:
    """Draw a register value: special, small, anything, or an address in the data."""
    kind = choose.randrange(4)
    if kind == 0:
        return choose.choice(_INTEGERS)
    if kind == 1:
        return choose.randrange(256)
    return choose.getrandbits(32) if kind == 2 else DATA + SIZE // 2 + choose.randrange(-64, 64)


def double(choose: random.Random) -> int:
    """Draw a raw double: special, anything, near 1, near the borders of singles, or with a short fraction."""
    kind = choose.randrange(6)
    if kind == 0:
        return choose.choice(_DOUBLES)
    if kind == 1:
        return choose.getrandbits(64)
    sign = choose.getrandbits(1) << 63
    fraction = choose.getrandbits(52)
    if kind == 2:
        return sign | choose.randrange(0x3F0, 0x410) << 52 | fraction
    if kind == 3:
        return (
            sign
            | choose.choice((0, 1, 2, 0x36A, 0x380, 0x381, 0x382, 0x47E, 0x47F, 0x7FD, 0x7FE, 0x43D)) << 52
            | fraction
        )
    fraction = fraction >> (shift := choose.choice((20, 29, 40, 50))) << shift
    return (
        sign | choose.randrange(0x3C0, 0x440) << 52 | fraction | (choose.getrandbits(1) if kind == 5 else 0)
    )


def single(choose: random.Random) -> int:
    """Draw a raw double that holds a single, or any NaN: special, anything, near 1, or near the smallest."""
    kind = choose.randrange(4)
    if kind == 0:
        v = choose.choice(_DOUBLES)
        return v if is_nan(v) else widen(narrow(v))
    if kind == 1:
        return widen(choose.getrandbits(32))
    exponent = choose.randrange(0x70, 0x90) if kind == 2 else choose.randrange(4)
    return widen(
        choose.getrandbits(1) << 31 | exponent << 23 | choose.getrandbits(23) >> 9 << choose.choice((0, 9))
    )


def draw(choose: random.Random, line: Line) -> Case:
    """Draw operands and a state for a line; operands of single-precision arithmetic are singles."""
    word = line.pattern.value | choose.getrandbits(32) & operand_bits(line)
    if "D" in line.operands:
        word = word & ~0xFFFF | choose.randrange(-128, 128) & 0xFFFF
    return Case(
        word=word,
        gpr=tuple(integer(choose) for _ in range(32)),
        fpr=tuple(single(choose) if line.pattern.value >> 26 == 59 else double(choose) for _ in range(32)),
        cr=choose.getrandbits(32),
        lr=choose.getrandbits(32),
        ctr=choose.choice((0, 1, 2, 0xFFFF_FFFF, choose.getrandbits(32))),
        fpscr=choose.getrandbits(2) if choose.getrandbits(1) else choose.getrandbits(8),
        xer=choose.getrandbits(3) << 29 | choose.choice((0, 4, choose.getrandbits(7))),
        data=choose.randbytes(256) * (SIZE // 256),
    )


# Where unicorn 2.1.4 is known to be wrong, or the architecture leaves the result open: for each reason, the
# mnemonics, and what is not compared (a mask of FPSCR bits, of bits of every FPR, or everything). None as
# mnemonics means every instruction.
@dataclass(frozen=True)
class Known:
    """One known difference."""

    reason: str
    mnemonics: frozenset[str] | None = None
    fpscr: int = 0
    fpr: int = 0
    applies: Callable[[Line, Case, Case], bool] = lambda _line, _case, _mine: True
    everything: bool = False


def _named(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SINGLES = _named("fadds fsubs fmuls fdivs fmadds fmsubs fnmadds fnmsubs frsp fres")
_FUSED_SINGLES = _named("fmadds fmsubs fnmadds fnmsubs")
_FUSED = _FUSED_SINGLES | _named("fmadd fmsub fnmadd fnmsub")
_UX, _SNAN_VE = 0x0800_0000, 0x80

KNOWN = (
    Known("unicorn never sets FR, and takes no FI, FR, NI from moves", fpscr=0x4_0000),
    Known("FPSCR bit 20 is reserved: unicorn stores it", fpscr=0x800),
    Known("moves to FPSCR reach FI, FR and NI too", _named("mtfsf mtfsfi mtfsb0 mtfsb1"), fpscr=0x6_0004),
    Known("comparisons leave the class bit C alone", _named("fcmpu fcmpo"), fpscr=0x1_0000),
    Known("FPRF of a single is its class as a single", _SINGLES, fpscr=0x1_0000),
    Known("the high word is undefined", _named("fctiw fctiwz"), fpr=0xFFFF_FFFF << 32, fpscr=0x1_F000),
    Known("a positive overflow gives the highest integer", _named("fctiw fctiwz"), everything=True,
          applies=lambda _line, _case, mine: bool(mine.fpscr & 0x100)),
    Known("estimates report no inexact result but zero divide", _named("fres frsqrte"), fpscr=0xC602_0000),
    Known("negative multiply-add rounds before the sign turns", _named("fnmadd fnmsub fnmadds fnmsubs"),
          everything=True, applies=lambda _line, case, _mine: case.fpscr & 3 > 1),
    Known("overflow and underflow enabled: unicorn does not adjust the exponent", everything=True,
          applies=lambda _line, case, mine: bool(case.fpscr & 0x60 and mine.fpscr >> 22 & mine.fpscr & 0x60)),
    Known("non-IEEE mode is unknown to unicorn", everything=True,
          applies=lambda line, case, _mine: bool(case.fpscr & 4 and "fpscr" in line.writes)),
    Known("an enabled invalid operation or zero divide leaves the target alone", everything=True,
          applies=lambda _line, _case, mine: bool(mine.fpscr >> 22 & mine.fpscr & 0x10
                                                 or (mine.fpscr & 0x2000_0000 and mine.fpscr & _SNAN_VE))),
    Known("unicorn rounds singles twice, so that it sees no underflow", _SINGLES, everything=True,
          applies=lambda _line, _case, mine: bool(mine.fpscr & _UX)),
    Known("unicorn rounds singles twice: halfway after the first", _FUSED_SINGLES, everything=True,
          applies=lambda line, case, _mine: _halfway(line, case)),
    Known("infinity times a NaN is no infinity to be subtracted", _FUSED, fpscr=0x80_0000,
          applies=lambda line, case, _mine: any(map(is_nan, _fused_operands(line, case)))),
    Known("the 7447A interrupts unaligned floating-point, multiple and reserving accesses", everything=True,
          applies=lambda _line, _case, mine: " 0x600 " in mine.event),
    Known("undefined quotients", _named("divw divwu"), everything=True,
          applies=lambda line, case, _mine: _divides_badly(line, case)),
    Known("unicorn changes LR before it refuses an invalid form", _named("bcctr"), everything=True,
          applies=lambda _line, _case, mine: bool(mine.event)),
)  # fmt: skip


def _fused_operands(line: Line, case: Case) -> tuple[int, int, int]:
    """Return a, c and the addend of a * c + addend."""
    operands = dict(zip(line.operands, line.extract(case.word), strict=True))
    addend = case.fpr[operands["FRB"]]
    return (
        case.fpr[operands["FRA"]],
        case.fpr[operands["FRC"]],
        turned(addend) if "sub" in line.mnemonic else addend,
    )


def _halfway(line: Line, case: Case) -> bool:
    value, flags = multiply_add(*_fused_operands(line, case), DOUBLE, case.fpscr & 3)
    return bool(flags) and value & 0x1FFF_FFFF == 0x1000_0000


def _divides_badly(line: Line, case: Case) -> bool:
    operands = dict(zip(line.operands, line.extract(case.word), strict=True))
    divisor = case.gpr[operands["RB"]]
    return divisor == 0 or (divisor == 0xFFFF_FFFF and case.gpr[operands["RA"]] == 0x8000_0000)


def difference(line: Line, case: Case, mine: Case, theirs: Case) -> str:
    """Say in what the two outcomes differ beyond what is known; "" for nothing."""
    known = [
        k for k in KNOWN if (not k.mnemonics or line.mnemonic in k.mnemonics) and k.applies(line, case, mine)
    ]
    if any(k.everything for k in known):
        return ""
    fpscr = sum_bits(k.fpscr for k in known)
    fpr = sum_bits(k.fpr for k in known)
    mine, theirs = _masked(mine, fpscr, fpr), _masked(theirs, fpscr, fpr)
    skipped = {"cr"} if fpscr >> 28 and "Rc1" in line.operands else set()
    if (
        "fpscr" in line.writes or "pc" in line.writes
    ):  # unicorn reports interrupts of FP and fetches of its own
        theirs = replace(theirs, event=mine.event, pc=mine.pc if "pc" not in line.writes else theirs.pc)
    elif bool(mine.event) != bool(theirs.event):
        skipped.add("event")
    if mine.event:
        skipped.add("pc")
    differing = [
        name for name in _COMPARED if name not in skipped and getattr(mine, name) != getattr(theirs, name)
    ]
    if "event" in skipped:
        differing.append("event")
    if not differing:
        return ""
    shown = "; ".join(f"{name}: {_show(name, mine, theirs)}" for name in differing)
    inputs = [
        f"{n}={case.fpr[v]:#x}"
        for n, v in zip(line.operands, line.extract(case.word), strict=True)
        if n in _FR
    ]
    return (
        f"{describe(line, mine.word)} ({mine.word:#010x}) FPSCR={case.fpscr:#x} {' '.join(inputs)}: {shown}"
    )


_COMPARED = ("gpr", "fpr", "cr", "lr", "ctr", "fpscr", "xer", "data", "pc")
_FR = ("FRA", "FRB", "FRC")


def sum_bits(masks: Iterable[int]) -> int:
    """Return the OR of masks."""
    total = 0
    for mask in masks:
        total |= mask
    return total


def _masked(case: Case, fpscr: int, fpr: int) -> Case:
    return replace(
        case, fpscr=case.fpscr & ~fpscr, fpr=tuple(v & ~fpr for v in case.fpr) if fpr else case.fpr
    )


def _show(name: str, mine: Case, theirs: Case) -> str:
    a, b = getattr(mine, name), getattr(theirs, name)
    if isinstance(a, tuple | bytes):
        return ", ".join(
            f"[{i}] {x:#x} != {y:#x}" for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y
        )[:300]
    return f"{a:#x} != {b:#x}" if isinstance(a, int) else f"{a!r} != {b!r}"
