# SPDX-License-Identifier: GPL-2.0-or-later
"""Loads and stores of the hypervisor that pass the caches by (ISA 2.07 Book III-S 4.4.1)."""

from emulator.semantics.common import load1, load2, load4, load8, store1, store2, store4, store8
from emulator.semantics.load_store import eax
from emulator.semantics.system_64 import check_hypervisor
from emulator.state import M32, State


def lbzcix(s: State, rt: int, ra: int, rb: int) -> None:
    """Load byte, caching inhibited."""
    check_hypervisor(s)
    s.gpr[rt] = load1(s, eax(s, ra, rb))


def lhzcix(s: State, rt: int, ra: int, rb: int) -> None:
    """Load halfword, caching inhibited."""
    check_hypervisor(s)
    s.gpr[rt] = load2(s, eax(s, ra, rb))


def lwzcix(s: State, rt: int, ra: int, rb: int) -> None:
    """Load word, caching inhibited."""
    check_hypervisor(s)
    s.gpr[rt] = load4(s, eax(s, ra, rb))


def ldcix(s: State, rt: int, ra: int, rb: int) -> None:
    """Load doubleword, caching inhibited."""
    check_hypervisor(s)
    s.gpr[rt] = load8(s, eax(s, ra, rb))


def stbcix(s: State, rs: int, ra: int, rb: int) -> None:
    """Store byte, caching inhibited."""
    check_hypervisor(s)
    store1(s, eax(s, ra, rb), s.gpr[rs])


def sthcix(s: State, rs: int, ra: int, rb: int) -> None:
    """Store halfword, caching inhibited."""
    check_hypervisor(s)
    store2(s, eax(s, ra, rb), s.gpr[rs])


def stwcix(s: State, rs: int, ra: int, rb: int) -> None:
    """Store word, caching inhibited."""
    check_hypervisor(s)
    store4(s, eax(s, ra, rb), s.gpr[rs] & M32)


def stdcix(s: State, rs: int, ra: int, rb: int) -> None:
    """Store doubleword, caching inhibited."""
    check_hypervisor(s)
    store8(s, eax(s, ra, rb), s.gpr[rs])
