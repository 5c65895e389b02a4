# SPDX-License-Identifier: GPL-2.0-or-later
"""A probe in Python: what to call of a kernel, in which state, and what must hold after.

This file is your own code: bisectd runs it on this machine, as you. The kernel's code runs on the emulator
only. docs/own-probes.md says more. Try it with:  bisectd probe check NAME.py
"""

import math
from collections.abc import Iterator

from bisectd.probes.checks import Check, Finding
from bisectd.probes.kernel import Kernel
from bisectd.probes.probe import Case, Probe

SQUARES = range(0, 4000, 7)


def roots(kernel: Kernel) -> Iterator[Finding]:
    """Call the function once for each number, up to the first wrong result."""
    kernel.run_without_task()
    for number in SQUARES:
        kernel.call("int_sqrt", number)
        found, expected = kernel.register("r3"), math.isqrt(number)
        if found != expected:
            yield Check(f"int_sqrt({number})", number, found, expected)
            return


PROBE = Probe(
    name="NAME",
    version=1,  # the hash of this file is part of what observations are stored under, too
    description="integer square roots of many numbers",
    must_hold="int_sqrt(n) is the largest r with r * r <= n",
    sources=("lib/int_sqrt.c",),
    roots=("int_sqrt",),  # every function that is called
    targets=(),  # everywhere
    cases=(Case("", roots),),
    structures=("cpu_spec", "paca_struct"),  # C structures that are reached into, beside those of the CPU
)
