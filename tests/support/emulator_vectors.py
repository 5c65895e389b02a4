# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares single random vector instructions with unicorn (7447A) and qemu (all processors).

`python -m tests.support.emulator_vectors --oracle NAME --count 1000000 --seed 1` lists every difference that
docs/emulator-differences.md does not name.
"""

import argparse
import random
import struct
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from emulator.cpus import CPUS, VEC
from emulator.decode import describe
from emulator.opcodes import vector, vector207
from emulator.opcodes.line import Line
from tests.support.emulator_oracle import operand_bits
from tests.support.emulator_vector_processors import WINDOW, Case, Ours, Qemu, Unicorn

SAT, NJ = 1, 0x0001_0000
M128 = (1 << 128) - 1


def lines(facilities: frozenset[str]) -> list[Line]:
    """Return the vector instructions of a processor."""
    return [line for line in (*vector.LINES, *vector207.LINES) if line.facility in facilities]


# Drawing


def _specials(width: int) -> tuple[int, ...]:
    top = 1 << width - 1
    around_zero = (0, 1, 2, 2 * top - 1, 2 * top - 2)
    return (*around_zero, top - 1, top, top + 1, top >> 1, width, width - 1, (1 << width // 2) - 1)


_SINGLES = (
    0, 1 << 31, 0x3F80_0000, 0xBF80_0000, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7F80_0001, 0xFFC1_2345,
    0xFF91_0000, 1, 0x8000_0001, 0x007F_FFFF, 0x807F_FFFF, 0x0080_0000, 0x8080_0000, 0x7F7F_FFFF, 0xFF7F_FFFF,
    0x4B00_0000, 0x4B7F_FFFF, 0x4F00_0000, 0xCF00_0000, 0x4F80_0000, 0x3F00_0000, 0xBF00_0000, 0x3FC0_0000,
    0x4020_0000, 0x3EFF_FFFF, 0x4F7F_FFFF, 0x7E80_0000, 0x7F00_0000, 0x3F7F_FFFF, 0x3F80_0001, 0xC2FC_0000,
    0xC315_0000, 0x42FF_FFFF,
)  # fmt: skip
_EXPONENTS = (range(0x70, 0x90), range(3), range(0xFB, 0xFF), range(0x40, 0xC0))


def single(choose: random.Random) -> int:
    """Draw a raw single: special, anything, near 1, tiny, huge, or with a short fraction."""
    kind = choose.randrange(6)
    if kind == 0:
        return choose.choice(_SINGLES)
    if kind == 1:
        return choose.getrandbits(32)
    exponent = choose.choice(_EXPONENTS[kind - 2])
    fraction = choose.getrandbits(23)
    if choose.getrandbits(1):
        fraction = fraction >> (cut := choose.choice((8, 12, 16, 20))) << cut
    return choose.getrandbits(1) << 31 | exponent << 23 | fraction


def decimal(choose: random.Random) -> int:
    """Draw a signed packed decimal, now and then with a bad digit or sign."""
    digits = choose.choice((0, 1, 10**31 - 1, choose.randrange(10**31), choose.randrange(100)))
    v = int(str(digits), 16) << 4 | choose.randrange(10, 16)
    return v ^ choose.getrandbits(4) << choose.randrange(0, 128, 4) if choose.randrange(8) == 0 else v


def register(choose: random.Random, *, number: bool) -> int:
    """Draw a vector register; `number` for instructions of floating point."""
    if number and choose.randrange(8):
        return int.from_bytes(struct.pack(">4I", *(single(choose) for _ in range(4))))
    kind = choose.randrange(6)
    if kind == 0:
        return choose.choice((0, M128, 1, 1 << 127, choose.randrange(16) * (M128 // 255), M128 >> 1))
    if kind == 1:
        return choose.getrandbits(128)
    if kind == 2:
        return decimal(choose)
    width = choose.choice((8, 16, 32, 64))
    special = _specials(width)
    v = 0
    for _ in range(128 // width):
        v = v << width | (choose.choice(special) if choose.getrandbits(1) else choose.getrandbits(width))
    return v


def draw(choose: random.Random, line: Line) -> Case:
    """Draw operands and a state for a line. Registers repeat, so that operands are often equal."""
    word = line.pattern.value | choose.getrandbits(32) & operand_bits(line)
    if "RB" in line.operands:
        word &= ~0x800  # RB even
        word |= 0x1_0000 if word & 0x1F_0000 else 0  # RA odd, or the value 0
        word |= 0x2_0000 if word & 0x1F_0000 else 0  # and not r1, which the harness needs
    number = "fp" in line.mnemonic or line.mnemonic[:4] in {"vrfi", "vcfu", "vcfs", "vctu", "vcts"}
    pool = [register(choose, number=number) for _ in range(4)]
    return Case(
        word=word,
        vr=tuple(choose.choices(pool, k=32)),
        vscr=choose.choice((0, SAT, NJ, NJ | SAT)),
        cr=choose.getrandbits(32),
        at=choose.randrange(32),
        more=choose.randrange(24),
        memory=choose.randbytes(WINDOW),
    )


# Comparing

_ESTIMATES = frozenset({"vexptefp", "vlogefp"})
_SERIES = 0x4000_0000  # 2.0: qemu's series for powers of 2 is good to here
_INFINITY = 0x7F80_0000


def _operands(line: Line, case: Case) -> dict[str, int]:
    return dict(zip(line.operands, line.extract(case.word), strict=True))


def _inputs(line: Line, case: Case) -> dict[str, int]:
    return {n: case.vr[v] for n, v in _operands(line, case).items() if n in {"VRA", "VRB", "VRC"}}


def _words(v: int) -> tuple[int, ...]:
    return struct.unpack(">4I", v.to_bytes(16))


def _has_denormal(v: int) -> bool:
    return any(0 < w & 0x7FFF_FFFF < 0x0080_0000 for w in _words(v))


def _close(oracle: str, mnemonic: str, source: int, a: int, b: int) -> bool:
    """Within 4 units in the last place, or where the oracle has no estimate."""
    magnitude = source & 0x7FFF_FFFF
    if mnemonic == "vexptefp" and _SERIES < magnitude < _INFINITY:
        return True
    if mnemonic == "vlogefp" and oracle == "unicorn":
        return magnitude > _INFINITY or abs(a - b) <= 4 or abs(_float(a) - _float(b)) < 2.0**-20
    return abs(a - b) <= 4


def _float(w: int) -> float:
    value: float = struct.unpack(">f", w.to_bytes(4))[0]
    return value


def _accept_estimates(oracle: str, line: Line, case: Case, mine: Case, theirs: Case) -> Case:
    target = _operands(line, case)["VRT"]
    (source,) = _inputs(line, case).values()
    elements = [
        a if _close(oracle, line.mnemonic, x, a, b) else b
        for a, b, x in zip(_words(mine.vr[target]), _words(theirs.vr[target]), _words(source), strict=True)
    ]
    vr = list(theirs.vr)
    vr[target] = int.from_bytes(struct.pack(">4I", *elements))
    return replace(theirs, vr=tuple(vr))


def _decimal_slip(line: Line, case: Case, mine: Case, theirs: Case) -> bool:
    """Invalid operands that qemu takes for equal; sums of zeros, which it calls positive or negative too."""
    zeros = all(v >> 4 == 0 for v in _inputs(line, case).values())
    return zeros or (mine.cr >> 4 & 15, theirs.cr >> 4 & 15) == (1, 2)


def accept_known(oracle: str, line: Line, case: Case, mine: Case, theirs: Case) -> Case:
    """Replace by ours what docs/emulator-differences.md says the oracle has otherwise."""
    if line.mnemonic == "mtvscr":
        theirs = replace(theirs, vscr=theirs.vscr & (NJ | SAT))
    elif line.mnemonic in _ESTIMATES:
        theirs = _accept_estimates(oracle, line, case, mine, theirs)
    elif line.mnemonic.startswith("bcd") and _decimal_slip(line, case, mine, theirs):
        return mine
    if oracle == "unicorn" and case.vscr & NJ and any(map(_has_denormal, _inputs(line, case).values())):
        return mine if "vscr" in line.reads and "vscr" not in line.writes else theirs
    return theirs


def difference(line: Line, case: Case, mine: Case, theirs: Case) -> str:
    """Say in what two outcomes differ; "" for nothing."""
    if mine == theirs:
        return ""
    parts = [
        f"{name} {getattr(mine, name):#x} != {getattr(theirs, name):#x}"
        for name in ("vscr", "cr")
        if getattr(mine, name) != getattr(theirs, name)
    ]
    pairs = enumerate(zip(mine.vr, theirs.vr, strict=True))
    parts += [f"v{i} {x:#034x} != {y:#034x}" for i, (x, y) in pairs if x != y]
    if mine.memory != theirs.memory:
        parts.append(f"memory {mine.memory.hex()} != {theirs.memory.hex()}")
    if mine.event != theirs.event:
        parts.append(f"event {mine.event!r} != {theirs.event!r}")
    inputs = " ".join(f"{n}={v:#034x}" for n, v in _inputs(line, case).items())
    return f"{describe(line, case.word)} VSCR={case.vscr:#x} {inputs}: {'; '.join(parts)}"


ORACLES: dict[str, tuple[str, str, Callable[[], Unicorn | Qemu]]] = {
    "unicorn": ("7447a", "big", Unicorn),
    "7447a": ("7447a", "big", lambda: Qemu("7447a")),
    "970": ("970", "big", lambda: Qemu("970")),
    "power8": ("power8", "big", lambda: Qemu("power8")),
    "power8le": ("power8", "little", lambda: Qemu("power8", little=True)),
}


def compare(oracle: str, count: int, seed: int, only: str = "") -> list[str]:
    """Compare `count` random instructions and return the differences."""
    cpu, endian, make = ORACLES[oracle]
    theirs = make()
    sixty_four = CPUS[cpu].bits == 64
    mine = Ours(cpu, endian, VEC | (1 << 63 if sixty_four else 0) | (endian == "little"))
    choose = random.Random(seed)
    pool = [line for line in lines(CPUS[cpu].facilities) if not only or line.mnemonic == only]
    found = []
    try:
        for start in range(0, count, 4096):
            drawn = [pool[i % len(pool)] for i in range(start, min(count, start + 4096))]
            cases = [draw(choose, line) for line in drawn]
            for line, case, a, b in zip(drawn, cases, mine.run(cases), theirs.run(cases), strict=True):
                found.append(difference(line, case, a, accept_known(oracle, line, case, a, b)))
    finally:
        if isinstance(theirs, Qemu):
            theirs.close()
    return [text for text in found if text]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--oracle", choices=sorted(ORACLES), default="unicorn")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--only", default="", help="one mnemonic")
    options = parser.parse_args()
    found = compare(options.oracle, options.count, options.seed, options.only)
    for text in found[:100]:
        print(text)
    by_mnemonic = dict(Counter(text.split()[0] for text in found))
    asked = f"{options.count} instructions, seed {options.seed}"
    print(f"{options.oracle}: {asked}: {len(found)} differ {by_mnemonic}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
