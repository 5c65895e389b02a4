# SPDX-License-Identifier: GPL-2.0-or-later
"""Densely packed decimal: three digits in ten bits, a declet p q r s t u v w x y (ISA Book I, appendix B).

The digits' low bits are r, u and y. A digit below 8 has two more bits, which go where there is room: in pq,
st or wx. Which of the three digits are 8 or 9 decides what goes where.
"""

from functools import cache

# By which digits are large (left 4, middle 2, right 1): the digit whose two bits are in pq, st and wx, or the
# bits that stand there and tell the layout.
_LAYOUT: tuple[tuple[str | int, str | int, str | int], ...] = (
    ("left", "middle", "right"),
    ("left", "middle", 0),
    ("left", "right", 1),
    ("left", 2, 3),
    ("right", "middle", 2),
    ("middle", 1, 3),
    ("right", 0, 3),
    (0, 3, 3),
)
_SHIFT = {"left": 8, "middle": 4, "right": 0}


def declet(bcd: int) -> int:
    """Pack three digits of four bits."""
    large = bcd >> 9 & 4 | bcd >> 6 & 2 | bcd >> 3 & 1
    pq, st, wx = (
        bcd >> _SHIFT[source] + 1 & 3 if isinstance(source, str) else source for source in _LAYOUT[large]
    )
    low = (bcd >> 8 & 1) << 7 | (bcd >> 4 & 1) << 4 | bcd & 1
    return pq << 8 | st << 5 | (8 if large else 0) | wx << 1 | low


def _large(packed: int) -> int:
    if not packed & 8:
        return 0
    wx, st = packed >> 1 & 3, packed >> 5 & 3
    return (1, 2, 4)[wx] if wx < 3 else (6, 5, 3, 7)[st]


@cache
def digits(packed: int) -> int:
    """Unpack a declet to three digits of four bits."""
    large = _large(packed)
    bcd = (packed >> 7 & 1) << 8 | (packed >> 4 & 1) << 4 | packed & 1
    for bits, source in zip((packed >> 8, packed >> 5, packed >> 1), _LAYOUT[large], strict=True):
        if isinstance(source, str):
            bcd |= (bits & 3) << _SHIFT[source] + 1
    return bcd | (large & 4) << 9 | (large & 2) << 6 | (large & 1) << 3
