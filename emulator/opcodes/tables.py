# SPDX-License-Identifier: GPL-2.0-or-later
"""All tables together. A new family joins here."""

from emulator.opcodes import (
    booke,
    branch,
    floating,
    floating206,
    integer,
    isa207,
    load_store,
    ppc64,
    spe,
    spe_float,
    spe_multiply,
    system,
    vector,
    vector207,
    vsx,
)

LINES = (
    integer.LINES
    + branch.LINES
    + load_store.LINES
    + floating.LINES
    + floating206.LINES
    + vector.LINES
    + vector207.LINES
    + system.LINES
    + booke.LINES
    + spe.LINES
    + spe_multiply.LINES
    + spe_float.LINES
    + ppc64.LINES
    + isa207.LINES
    + vsx.LINES
)
