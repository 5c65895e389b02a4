# SPDX-License-Identifier: GPL-2.0-or-later
"""AltiVec logic, permutation and status (AltiVec PEM, chapter 6). A register is one 128-bit int."""

from emulator.semantics.vector_lanes import LOW, NJ, SAT
from emulator.state import M128, State

B16, H8, W4 = LOW[8], LOW[16], LOW[32]  # times an element: the element in all lanes


def vand(s: State, vrt: int, vra: int, vrb: int) -> None:
    """AND."""
    s.vr[vrt] = s.vr[vra] & s.vr[vrb]


def vandc(s: State, vrt: int, vra: int, vrb: int) -> None:
    """AND with complement."""
    s.vr[vrt] = s.vr[vra] & ~s.vr[vrb]


def vor(s: State, vrt: int, vra: int, vrb: int) -> None:
    """OR."""
    s.vr[vrt] = s.vr[vra] | s.vr[vrb]


def vxor(s: State, vrt: int, vra: int, vrb: int) -> None:
    """XOR."""
    s.vr[vrt] = s.vr[vra] ^ s.vr[vrb]


def vnor(s: State, vrt: int, vra: int, vrb: int) -> None:
    """NOR."""
    s.vr[vrt] = ~(s.vr[vra] | s.vr[vrb]) & M128


def vnand(s: State, vrt: int, vra: int, vrb: int) -> None:
    """NAND."""
    s.vr[vrt] = ~(s.vr[vra] & s.vr[vrb]) & M128


def vorc(s: State, vrt: int, vra: int, vrb: int) -> None:
    """OR with complement."""
    s.vr[vrt] = s.vr[vra] | ~s.vr[vrb] & M128


def veqv(s: State, vrt: int, vra: int, vrb: int) -> None:
    """Equivalence: ones where the bits are equal."""
    s.vr[vrt] = ~(s.vr[vra] ^ s.vr[vrb]) & M128


def vsel(s: State, vrt: int, vra: int, vrb: int, vrc: int) -> None:
    """Select bits: B where C has ones."""
    s.vr[vrt] = s.vr[vra] & ~s.vr[vrc] | s.vr[vrb] & s.vr[vrc]


def vsldoi(s: State, vrt: int, vra: int, vrb: int, shb: int) -> None:
    """Shift the pair A, B left by bytes."""
    s.vr[vrt] = (s.vr[vra] << 128 | s.vr[vrb]) >> 128 - 8 * shb & M128


def vperm(s: State, vrt: int, vra: int, vrb: int, vrc: int) -> None:
    """Pick bytes of the pair A, B."""
    pair = s.vr[vra].to_bytes(16) + s.vr[vrb].to_bytes(16)
    s.vr[vrt] = int.from_bytes([pair[i & 31] for i in s.vr[vrc].to_bytes(16)])


def vspltb(s: State, vrt: int, vrb: int, uim: int) -> None:
    """Splat a byte."""
    s.vr[vrt] = (s.vr[vrb] >> 120 - 8 * (uim & 15) & 0xFF) * B16


def vsplth(s: State, vrt: int, vrb: int, uim: int) -> None:
    """Splat a halfword."""
    s.vr[vrt] = (s.vr[vrb] >> 112 - 16 * (uim & 7) & 0xFFFF) * H8


def vspltw(s: State, vrt: int, vrb: int, uim: int) -> None:
    """Splat a word."""
    s.vr[vrt] = (s.vr[vrb] >> 96 - 32 * (uim & 3) & 0xFFFF_FFFF) * W4


def vspltisb(s: State, vrt: int, sim: int) -> None:
    """Splat a signed immediate as bytes."""
    s.vr[vrt] = (sim & 0xFF) * B16


def vspltish(s: State, vrt: int, sim: int) -> None:
    """Splat a signed immediate as halfwords."""
    s.vr[vrt] = (sim & 0xFFFF) * H8


def vspltisw(s: State, vrt: int, sim: int) -> None:
    """Splat a signed immediate as words."""
    s.vr[vrt] = (sim & 0xFFFF_FFFF) * W4


def mfvscr(s: State, vrt: int) -> None:
    """Move from VSCR."""
    s.vr[vrt] = s.vscr


def mtvscr(s: State, vrb: int) -> None:
    """Move to VSCR."""
    s.vscr = s.vr[vrb] & (NJ | SAT)
