# SPDX-License-Identifier: GPL-2.0-or-later
"""What one run of a compiler may use.

Real units need 0.6 s, 200 MB and 2 MB of output; the limits are far above that and far below what hurts.
Running into one is a MachineError, not a verdict: a slow machine must not make a commit untestable.
"""

from dataclasses import dataclass

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """`cpu` and `wall` in seconds, the others in bytes. `memory`: address space; `log`: what is printed."""

    cpu: int = 60
    wall: int = 180
    memory: int = 4096 * MEGABYTE
    output: int = 256 * MEGABYTE
    log: int = MEGABYTE


DEFAULT = Limits()
