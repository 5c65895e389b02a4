# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a commit's message mentions a change: by word, so that everybody can check it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from bisectd.domain.changes import PHRASES, Change, restricted

# Bit → the words by which people name it, beside its own and its macro's.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "FP": ("FPU",),
    "FE0": ("exception mode", "exception modes", "fpexc_mode"),
    "FE1": ("exception mode", "exception modes", "fpexc_mode"),
    "VEC": ("AltiVec", "VMX"),
    "VSX": (),
    "SPE": (),
}
_REGISTERS = {"f": ("fr", "fpr"), "v": ("vr",), "vs": ("vsr",)}


class Mentioned(Enum):
    """How far a message speaks of a change."""

    NO = "no"  # neither the bits or registers, nor the function
    FUNCTION = "function"  # the function that changed, but not the bits or registers
    YES = "yes"


@dataclass(frozen=True)
class Marked:
    """A change, or the part of one that is about `change.names`, held against a message.

    `sought` are the words that would have named it; `found` those that the message has.
    """

    change: Change
    mentioned: Mentioned
    sought: tuple[str, ...]
    found: tuple[str, ...]


def mark(change: Change, message: str) -> Iterator[Marked]:
    """The change, in two parts where the message names some of its bits or registers and not others."""
    if change.field not in PHRASES:
        yield _marked(change, message, words(change.entry))
        return
    named = tuple(name for name in change.names if _in(message, words(name)))
    for names in (tuple(name for name in change.names if name not in named), named):
        if names:
            part = restricted(change, names)
            sought = tuple(dict.fromkeys(word for name in names for word in words(name)))
            yield _marked(part, message, sought)


def words(name: str) -> tuple[str, ...]:
    """The words that name a bit, a register or a function."""
    if name in _WORDS:
        return name, f"MSR_{name}", *_WORDS[name]
    letters = name.rstrip("0123456789")
    return name, *(f"{other}{name[len(letters) :]}" for other in _REGISTERS.get(letters, ()))


def _marked(change: Change, message: str, sought: tuple[str, ...]) -> Marked:
    found = _in(message, sought)
    if found:
        return Marked(change, Mentioned.YES, sought, found)
    function = _in(message, words(change.entry))
    return Marked(change, Mentioned.FUNCTION if function else Mentioned.NO, sought, function)


def _in(message: str, sought: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the words that stand in the message, whole; __giveup_fpu() counts for giveup_fpu."""
    return tuple(word for word in sought if _stands(word, message))


def _stands(word: str, message: str) -> bool:
    return bool(re.search(rf"(?<![A-Za-z0-9_])_*{re.escape(word)}(?!\w)", message, re.IGNORECASE))
