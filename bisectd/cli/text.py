# SPDX-License-Identifier: GPL-2.0-or-later
"""Text that came out of a repository, made safe for a terminal."""

import unicodedata
from datetime import UTC, datetime


def plain(text: str) -> str:
    r"""One line without control or format characters: a commit message must not drive the reader's terminal.

    Whitespace becomes a space, the rest \x1b or \u202e.
    """
    return "".join(_plain(character) for character in text)


def minute(seconds: float) -> str:
    """A time, UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def _plain(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character)[0] == "C":
        return f"\\x{ord(character):02x}" if ord(character) < 0x100 else f"\\u{ord(character):04x}"  # noqa: PLR2004
    return character
