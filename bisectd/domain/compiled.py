# SPDX-License-Identifier: GPL-2.0-or-later
"""What the compiler made of one source file."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Output:
    """A compile that succeeded: the object file, or the text that was asked for."""

    data: bytes


@dataclass(frozen=True)
class Failure:
    """The source does not compile, or was refused: one line, and the compiler's output."""

    reason: str
    log: str


Result: TypeAlias = Output | Failure
PathSet: TypeAlias = tuple[str, ...]  # sorted, without duplicates
