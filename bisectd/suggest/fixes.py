# SPDX-License-Identifier: GPL-2.0-or-later
"""The `Fixes:` line of a culprit, as Documentation/process/submitting-patches.rst asks for it."""

from collections.abc import Callable

from bisectd.domain.commit import Commit

ABBREVIATION = 12  # hex digits; more only where 12 are ambiguous in the repository


def fixes_line(commit: Commit, abbreviate: Callable[[str], str]) -> str:
    """`Fixes: <id> ("subject")`, one line however long.

    A commit that stands for a mainline one (a stable backport) is named by the mainline id: tags must name
    what everybody has. `abbreviate` gives the shortest unambiguous form, of `ABBREVIATION` digits or more.
    """
    return f'Fixes: {abbreviate(commit.upstream or commit.id)} ("{commit.subject}")'
