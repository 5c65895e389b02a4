# SPDX-License-Identifier: GPL-2.0-or-later
"""What to say when a name is unknown."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The known names that look like `name`, else all of them, as the end of an error's line."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"choose one of {', '.join(names)}"


def not_followed(repository: str, name: str, branches: Iterable[str]) -> str:
    """That a branch is not followed, and which are."""
    known = list(branches)
    which = nearest(name, known) if known else "none is"
    return f"branch {name!r} of {repository} is not followed: {which}"
