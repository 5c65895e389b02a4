# SPDX-License-Identifier: GPL-2.0-or-later
"""What a search over the bundled history has to find, written down by those who made it."""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from bisectd.demo.story import CULPRIT, FIX
from bisectd.domain.regression import Kind


class Expected(NamedTuple):
    """A transition of the ledger: which way, and the subject of the commit (each subject is there once)."""

    kind: Kind
    subject: str


_FOUND = (
    Expected(Kind.INTRODUCED, CULPRIT),
    # On a side branch from before the fix, merged after it.
    Expected(Kind.FIXED, f'Revert "{CULPRIT}"'),
    Expected(Kind.INTRODUCED, f'Reapply "{CULPRIT}"'),
    Expected(Kind.FIXED, FIX),
)
_HEADER = (  # only asm/reg.h changes
    Expected(Kind.INTRODUCED, "powerpc: Count the bits of the MSR again"),
    Expected(Kind.FIXED, "powerpc: Put MSR_FE0 and MSR_SE back in their places"),
)
_EVIL = (  # a merge that changes what neither parent changed
    Expected(Kind.INTRODUCED, "Merge branch 'topic/tidy' into powerpc"),
    Expected(Kind.FIXED, "powerpc: Clear MSR_FE1 again when giving up the FPU"),
)
_LEAKS = (*_FOUND, *_HEADER, *_EVIL)
_KEEPS_F0 = (Expected(Kind.FIXED, "powerpc: Don't clobber f0/vs0 during fp|altivec register save"),)
_ALL = ("pmac32", "g5", "power8le")


Row: TypeAlias = tuple[Expected, ...]


def _each(targets: tuple[str, ...], probe: str, expected: Row) -> dict[tuple[str, str], Row]:
    return {(probe, target): expected for target in targets}


# (probe, target) → all of v4.4..master, oldest first. v4.4, v5.1 and master are GOOD, v5.0 is BAD where a
# fault is found at all; fp-save-keeps-f0 is BAD up to master, restore-math UNTESTABLE before there is one.
LEDGER: Mapping[tuple[str, str], Row] = {
    **_each(_ALL, "fpu-giveup-fe", _LEAKS),
    **_each(_ALL, "fpexc-disable", _LEAKS),
    # While MSR_FE0 is another bit, init has not got it either; and no 64-bit task has FE bits unless it asks.
    **_each(("pmac32",), "kvm-pr-host-sigfpe", (*_FOUND, *_EVIL)),
    **_each(("g5", "power8le"), "kvm-pr-host-sigfpe", ()),
    **_each(_ALL, "fpu-preempt", _LEAKS),
    **_each(_ALL, "fp-save-keeps-f0", _KEEPS_F0),
    **_each(_ALL, "vmx-giveup", ()),
    **_each(("power8le",), "vsx-giveup", _LEAKS),
    **_each(("e500",), "spe-giveup", ()),
    **_each(("e500",), "giveup-all", ()),
    **_each(("e500",), "enable-kernel-fp", ()),
    **_each(_ALL, "giveup-all", _LEAKS),
    **_each(_ALL, "enable-kernel-fp", _LEAKS),
    **_each(_ALL, "restore-math", ()),
}
