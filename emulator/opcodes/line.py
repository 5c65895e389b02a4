# SPDX-License-Identifier: GPL-2.0-or-later
"""What a line of the opcode tables says, and the vocabulary it says it in."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

Semantics = Callable[..., None]

# Operand fields as expressions over the word `w`, by their Power ISA names. Where several names stand for
# the same bits, the name says which register file or meaning it has.
FIELDS = {
    "RT": "w >> 21 & 31",
    "RS": "w >> 21 & 31",
    "RA": "w >> 16 & 31",
    "RA0": "w >> 16 & 31",  # 0 means the value 0, not the register
    "RB": "w >> 11 & 31",
    "RC": "w >> 6 & 31",
    "FRT": "w >> 21 & 31",
    "FRS": "w >> 21 & 31",
    "FRA": "w >> 16 & 31",
    "FRB": "w >> 11 & 31",
    "FRC": "w >> 6 & 31",
    "VRT": "w >> 21 & 31",
    "VRS": "w >> 21 & 31",
    "VRA": "w >> 16 & 31",
    "VRB": "w >> 11 & 31",
    "VRC": "w >> 6 & 31",
    "XT": "w >> 21 & 31 | w << 5 & 32",
    "XS": "w >> 21 & 31 | w << 5 & 32",
    "XA": "w >> 16 & 31 | w << 3 & 32",
    "XB": "w >> 11 & 31 | w << 4 & 32",
    "XC": "w >> 6 & 31 | w << 2 & 32",
    "DM": "w >> 8 & 3",
    "SHW": "w >> 8 & 3",
    "UIMW": "w >> 16 & 3",
    "SI": "(w & 0xFFFF ^ 0x8000) - 0x8000",
    "UI": "w & 0xFFFF",
    "D": "(w & 0xFFFF ^ 0x8000) - 0x8000",
    "BO": "w >> 21 & 31",
    "BI": "w >> 16 & 31",
    "BD": "(w & 0xFFFC ^ 0x8000) - 0x8000",
    "LEV": "w >> 5 & 127",
    "DS": "(w & 0xFFFC ^ 0x8000) - 0x8000",
    "DQ": "(w & 0xFFF0 ^ 0x8000) - 0x8000",
    "LI": "(w & 0x3FFFFFC ^ 0x2000000) - 0x2000000",
    "AA": "w >> 1 & 1",
    "LK": "w & 1",
    "BF": "w >> 23 & 7",
    "BFA": "w >> 18 & 7",
    "BT": "w >> 21 & 31",
    "BA": "w >> 16 & 31",
    "BB": "w >> 11 & 31",
    "BC": "w >> 6 & 31",
    "TO": "w >> 21 & 31",
    "SH": "w >> 11 & 31",
    "NB": "(w >> 11 & 31) or 32",
    "SH6": "w >> 11 & 31 | w << 4 & 32",
    "MB6": "w >> 6 & 31 | w & 32",
    "ME6": "w >> 6 & 31 | w & 32",
    "MB": "w >> 6 & 31",
    "ME": "w >> 1 & 31",
    "FXM": "w >> 12 & 255",
    "FLM": "w >> 17 & 255",
    "U": "w >> 12 & 15",
    "SPR": "w >> 16 & 31 | w >> 6 & 0x3E0",
    "L": "w >> 16 & 1",
    "LF": "w >> 25 & 1",  # all of FPSCR
    "W": "w >> 16 & 1",  # the high word of FPSCR
    "S": "w >> 11 & 1",
    "SR": "w >> 16 & 15",
    "SIM": "(w >> 16 & 31 ^ 16) - 16",
    "UIM": "w >> 16 & 31",
    "SHB": "w >> 6 & 15",
    "ST": "w >> 15 & 1",
    "SIX": "w >> 11 & 15",
    "PS": "w >> 9 & 1",
    "BFS": "w & 7",  # evsel
    "D8": "w >> 8 & 0xF8",  # displacements of SPE loads and stores, in bytes
    "D4": "w >> 9 & 0x7C",
    "D2": "w >> 10 & 0x3E",
    "EE": "w >> 15 & 1",
    "PMR": "w >> 16 & 31 | w >> 6 & 0x3E0",
    "OE": "w >> 10 & 1",
    "Rc": "w & 1",
    "Rc1": "w & 1",  # records FPSCR's summary in CR1
    "Rc6": "w >> 10 & 1",  # records a comparison in CR6
}

# Operand fields that number a GPR, a field of CR, or a bit of CR.
GPR_OPERANDS = frozenset({"RT", "RS", "RA", "RA0", "RB", "RC"})
CR_FIELD_OPERANDS = frozenset({"BF", "BFA", "BFS"})
CR_BIT_OPERANDS = frozenset({"BT", "BA", "BB", "BI", "BC"})

# What an operand field adds to the effects of its line (its own register aside).
IMPLIED_WRITES = {"OE": ("so", "ov"), "Rc": ("cr0",), "Rc1": ("cr1",), "Rc6": ("cr6",), "LK": ("lr",)}
IMPLIED_READS = {"OE": ("so",), "Rc": ("so",), "Rc1": ("fpscr",)}

# Names of effects that are not operands.
EFFECTS = frozenset({
    "ca", "so", "ov", "xer", "cr", "cr0", "cr1", "cr6", "lr", "ctr", "pc", "gpr", "fpr", "memory", "reservation",
    "msr", "fpscr", "vscr", "spefscr", "acc", "spr", "time", "segment", "code",
})  # fmt: skip


class Pattern(NamedTuple):
    """The bits that tell one opcode from all others."""

    value: int
    mask: int


@dataclass(frozen=True, eq=False)
class Line:
    """One opcode.

    `operands` are names of FIELDS in the order in which `semantics` takes them after the state; `reads` and
    `writes` name operands and EFFECTS. `ends` and `invalid` are expressions over the word `w`. `ends`: nothing after
    the instruction may be decoded, and no instruction counted, before it has run (branches, changes of mode,
    the clock). `invalid`: an invalid form that is treated as illegal. `semantics` is None for a valid instruction that is not implemented.
    """

    mnemonic: str
    pattern: Pattern
    operands: tuple[str, ...]
    reads: frozenset[str]
    writes: frozenset[str]
    semantics: Semantics | None
    facility: str
    privileged: bool
    ends: str
    invalid: str

    def __str__(self) -> str:
        return f"{self.mnemonic} {','.join(self.operands)}"

    @cached_property
    def extract(self) -> Callable[[int], tuple[int, ...]]:
        """The function from a word to its operands, in the order of `operands`."""
        return _tuple_function(self.operands)

    @cached_property
    def is_invalid(self) -> Callable[[int], int]:
        """The function that tells an invalid form."""
        return _function(self.invalid or "0")

    @cached_property
    def is_end(self) -> Callable[[int], int]:
        """The function that tells whether the instruction ends its block."""
        return _function(self.ends or "0")


@cache
def _function(expression: str) -> Callable[[int], int]:
    function: Callable[[int], int] = eval(f"lambda w: {expression}")
    return function


@cache
def _tuple_function(operands: tuple[str, ...]) -> Callable[[int], tuple[int, ...]]:
    fields = "".join(f"({FIELDS[name]})," for name in operands)
    function: Callable[[int], tuple[int, ...]] = eval(f"lambda w: ({fields})")
    return function


def line(
    mnemonic: str,
    pattern: Pattern,
    operands: str,
    effects: str,
    semantics: Semantics | None,
    facility: str = "base",
    *,
    privileged: bool = False,
    ends: str = "",
    invalid: str = "",
) -> Line:
    """Read the notation of the tables: operands by spaces, effects as "what is read > what is written"."""
    names = tuple(operands.split())
    reads, _, writes = (set(part.split()) if part != ">" else set() for part in effects.partition(">"))
    for name in names:
        reads.update(IMPLIED_READS.get(name, ()))
        writes.update(IMPLIED_WRITES.get(name, ()))
    unknown = (reads | writes) - EFFECTS - set(names) | set(names) - set(FIELDS)
    if unknown:
        raise ValueError(f"{mnemonic}: no such operand or effect: {' '.join(sorted(unknown))}")
    return Line(
        mnemonic,
        pattern,
        names,
        frozenset(reads),
        frozenset(writes),
        semantics,
        facility,
        privileged,
        ends,
        invalid,
    )


def form(
    primary: int, extended: int = 0, bits: int = 0, *, low: int = 1, also: int = 0, also_mask: int = 0
) -> Pattern:
    """Return the pattern of a primary opcode and an extended one of `bits` bits that starts at bit `low`."""
    return Pattern(primary << 26 | extended << low | also, 63 << 26 | ((1 << bits) - 1) << low | also_mask)


def d(primary: int) -> Pattern:
    """D, B, I and M forms: the primary opcode alone."""
    return form(primary)


def x(primary: int, extended: int) -> Pattern:
    """X, XL and XFX forms: ten bits of extended opcode, the last bit free (Rc, LK, or ignored)."""
    return form(primary, extended, 10)


def x_record(primary: int, extended: int) -> Pattern:
    """X form whose last bit is always 1."""
    return form(primary, extended << 1 | 1, 11, low=0)


def xo(primary: int, extended: int) -> Pattern:
    """XO form: nine bits, OE and Rc free."""
    return form(primary, extended, 9)


def ds(primary: int, extended: int) -> Pattern:
    """DS form: two bits at the end."""
    return form(primary, extended, 2, low=0)


def md(extended: int) -> Pattern:
    """MD form: three bits under primary opcode 30; bit 30 belongs to SH."""
    return form(30, extended, 3, low=2)


def mds(extended: int) -> Pattern:
    """MDS form: four bits under primary opcode 30."""
    return form(30, extended, 4)


def xs(primary: int, extended: int) -> Pattern:
    """XS form: nine bits; bit 30 belongs to SH."""
    return form(primary, extended, 9, low=2)


def a(primary: int, extended: int) -> Pattern:
    """A form: five bits, Rc free."""
    return form(primary, extended, 5)


def sc(primary: int) -> Pattern:
    """SC form: bit 30 set."""
    return form(primary, 1, 1)


def vx(extended: int) -> Pattern:
    """VX form: eleven bits under primary opcode 4."""
    return form(4, extended, 11, low=0)


def vc(extended: int) -> Pattern:
    """VC form: ten bits under primary opcode 4, Rc (bit 21) free."""
    return form(4, extended, 10, low=0)


def va(extended: int) -> Pattern:
    """VA form: six bits under primary opcode 4."""
    return form(4, extended, 6, low=0)


def with_bits(pattern: Pattern, value: int, mask: int) -> Pattern:
    """Return the pattern with some more bits fixed."""
    return Pattern(pattern.value | value, pattern.mask | mask)
