# SPDX-License-Identifier: GPL-2.0-or-later
"""Source lines by address, worked out when one is asked for."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from bisectd.domain.program import SourceLine
from bisectd.kernel.fixups import Patch
from bisectd.kernel.image import LineTable


class Lines(Mapping[int, SourceLine]):
    """Instruction address → source line, for the instructions where a line starts.

    Where an alternative was put in place, its own lines stand instead of the default code's.
    """

    def __init__(
        self,
        tables: Sequence[LineTable],
        addresses: Mapping[tuple[int, int], int],
        patches: Sequence[Patch],
    ) -> None:
        self._tables = tables
        self._addresses = addresses
        self._patches = patches

    def __getitem__(self, address: int) -> SourceLine:
        return self._lines[address]

    def __iter__(self) -> Iterator[int]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    @cached_property
    def _lines(self) -> Mapping[int, SourceLine]:
        lines = {
            self._addresses[number, row.section] + row.offset: SourceLine(table.files[row.file], row.line)
            for number, table in enumerate(self._tables)
            for row in table.rows()
        }
        for patch in self._patches:
            _move(lines, patch)
        return dict(sorted(lines.items()))


def _move(lines: dict[int, SourceLine], patch: Patch) -> None:
    alternative = {at: lines[at] for at in lines if patch.alt_start <= at < patch.alt_end}
    if not alternative:
        return
    starts = sorted(lines)
    resumed = bisect_left(starts, patch.end + 1) - 1
    after = lines[starts[resumed]] if resumed >= 0 else None
    for at in starts[bisect_left(starts, patch.start) : bisect_left(starts, patch.end)]:
        del lines[at]
    for at, line in alternative.items():
        lines[patch.start + at - patch.alt_start] = line
    if after is not None:
        lines.setdefault(patch.end, after)
