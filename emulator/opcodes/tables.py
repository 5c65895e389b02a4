# SPDX-License-Identifier: GPL-2.0-or-later
"""All tables together. A new family joins here."""

from emulator.opcodes import branch, floating, integer, load_store, system, vector, vector207

LINES = (
    integer.LINES
    + branch.LINES
    + load_store.LINES
    + floating.LINES
    + vector.LINES
    + vector207.LINES
    + system.LINES
)
