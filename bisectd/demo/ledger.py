# SPDX-License-Identifier: GPL-2.0-or-later
"""What a search over the bundled history has to find, written down by those who made it."""

from typing import NamedTuple

from bisectd.demo.story import CULPRIT, FIX
from bisectd.domain.regression import Kind


class Expected(NamedTuple):
    """A transition of the ledger: which way, and the subject of the commit (each subject is there once)."""

    kind: Kind
    subject: str


# Probe fpu-giveup-fe on pmac32, all of v4.4..master, oldest first. v4.4, v5.1 and master are GOOD, v5.0 BAD.
FPU_GIVEUP_FE = (
    Expected(Kind.INTRODUCED, CULPRIT),
    # On a side branch from before the fix, merged after it.
    Expected(Kind.FIXED, f'Revert "{CULPRIT}"'),
    Expected(Kind.INTRODUCED, f'Reapply "{CULPRIT}"'),
    Expected(Kind.FIXED, FIX),
    # Only asm/reg.h changes.
    Expected(Kind.INTRODUCED, "powerpc: Count the bits of the MSR again"),
    Expected(Kind.FIXED, "powerpc: Put MSR_FE0 and MSR_SE back in their places"),
    # A merge that changes what neither parent changed.
    Expected(Kind.INTRODUCED, "Merge branch 'topic/tidy' into powerpc"),
    Expected(Kind.FIXED, "powerpc: Clear MSR_FE1 again when giving up the FPU"),
)
