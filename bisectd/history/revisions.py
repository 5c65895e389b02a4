# SPDX-License-Identifier: GPL-2.0-or-later
"""Range syntax: `B`, `^A`, `A..B`, `A...B`, in any number and order, as gitrevisions(7) has it."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from bisectd.domain.errors import UserError

# What git lets a tag or branch be called (git-check-ref-format(1)); an id looks so, too. Expressions that may
# make it walk a whole history do not: `:/text`, `A^{/text}`, `A@{date}`, `A..B`.
_NAME = r"(?!.*(?:\.\.|@\{))[^\x00-\x20\x7f~^:?*\[\\]{1,250}"
_STEPS = r"(?:\^[0-9]{0,2}|~[0-9]{0,3}){0,3}"  # to parents: a bounded number


def is_name(revision: str, *, steps: bool) -> bool:
    """Whether a revision is a name or id; with `steps`, a few `^` and `~N` may follow."""
    return re.fullmatch(_NAME + _STEPS if steps else _NAME, revision) is not None


class Endpoint(NamedTuple):
    """A commit whose history is asked for, or excluded."""

    commit: str
    excluded: bool


def endpoints(
    words: Iterable[str], resolve: Callable[[str], str], merge_bases: Callable[[str, str], list[str]]
) -> list[Endpoint]:
    """The ends of the range, in git's order, which decides between commits of one second. No word: HEAD."""
    return [end for word in list(words) or ["HEAD"] for end in _ends(word, resolve, merge_bases)]


def _ends(
    word: str, resolve: Callable[[str], str], merge_bases: Callable[[str, str], list[str]]
) -> Iterator[Endpoint]:
    if word.startswith("-"):
        raise UserError(f"{word!r} is an option, not a revision: write a range such as v4.4..v5.1")
    left, dots, right = word.partition(".." if "..." not in word else "...")
    if not dots:
        yield Endpoint(resolve(word.removeprefix("^")), word.startswith("^"))
    elif word.startswith("^") or not (left or right):
        raise UserError(f"{word!r} is no range: write A..B or A...B")
    else:
        first, last = resolve(left or "HEAD"), resolve(right or "HEAD")
        if dots == "...":
            yield from (Endpoint(base, excluded=True) for base in merge_bases(first, last))
        yield Endpoint(first, excluded=dots == "..")
        yield Endpoint(last, excluded=False)
