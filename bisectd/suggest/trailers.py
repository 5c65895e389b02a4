# SPDX-License-Identifier: GPL-2.0-or-later
"""The tags at the end of a commit message, and where new ones belong.

Documentation/process/submitting-patches.rst; in practice Fixes: and Cc: stable stand together right above the
first Signed-off-by:, where maintainers put them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bisectd.suggest.mail import Patch

_TRAILER = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*):\s*(.*?)\s*$")
_IN_BLOCK = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9-]*: ?\S|\[.*\]\s*$|\(cherry picked from )")
_TAG = re.compile(r"(?:.*-by|cc|fixes|link|closes|reported-.*|depends-on|change-id)$", re.IGNORECASE)
_STABLE = re.compile(r"\bstable(?:\+[\w.-]+)?@(?:vger\.)?kernel\.org", re.IGNORECASE)
_OWN = ("signed-off-by", "co-developed-by")


@dataclass(frozen=True)
class Trailer:
    """One tag. `line` counts from 0 in the message."""

    line: int
    key: str
    value: str

    @property
    def is_stable(self) -> bool:
        """Whether it is a Cc: to a stable address (an opt-out, stable+noautosel, too)."""
        return self.key.lower() == "cc" and bool(_STABLE.search(self.value))


def trailers(lines: Sequence[str]) -> tuple[Trailer, ...]:
    """The tags of the block that ends a message; () where it ends in prose."""
    start, end = _block(lines)
    matches = ((number, _TRAILER.match(lines[number])) for number in range(start, end))
    return tuple(Trailer(number, match[1], match[2]) for number, match in matches if match)


def people(message: str) -> tuple[str, ...]:
    """Everybody whose name a message's tags give, with address, in order, once each."""
    found = (trailer for trailer in trailers(message.splitlines()) if trailer.key.lower().endswith("-by"))
    return tuple(dict.fromkeys(trailer.value for trailer in found if "@" in trailer.value))


def insert(patch: Patch, new: Sequence[str]) -> bytes:
    """The mail with tags added in the right place, nothing else altered."""
    lines = [patch.body.text(line) for line in patch.body.message.split(b"\n")]
    at, spaced = _place(lines)
    added = ["", *new] if spaced else list(new)
    head = patch.raw[: len(patch.raw) - len(patch.body.raw)]
    return head + patch.body.with_lines(at, added) if new else patch.raw


def _place(lines: Sequence[str]) -> tuple[int, bool]:
    """Before which line new tags belong, and whether an empty line must stand above them."""
    start, end = _block(lines)
    found = trailers(lines)
    for trailer in found:
        if trailer.key.lower() in _OWN:
            return trailer.line, False
    return end, start == end and end > 0


def _block(lines: Sequence[str]) -> tuple[int, int]:
    """The lines of the tags, as [start, end): they go up from the last line that is not empty."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    start = end
    while start and _belongs(lines, start - 1):
        start -= 1
    while start < end and lines[start][:1].isspace():  # a continuation without its tag is prose
        start += 1
    matches = (_TRAILER.match(line) for line in lines[start:end])
    return (start, end) if any(match and _TAG.match(match[1]) for match in matches) else (end, end)


def _belongs(lines: Sequence[str], number: int) -> bool:
    line = lines[number]
    return bool(line.strip()) and bool(_IN_BLOCK.match(line) or line[0].isspace())
