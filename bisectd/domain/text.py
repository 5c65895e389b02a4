# SPDX-License-Identifier: GPL-2.0-or-later
"""Text that came out of a repository, made safe to show."""

import unicodedata


def plain(text: str) -> str:
    r"""One line without control or format characters: a commit message must not drive the reader's terminal.

    Whitespace becomes a space, the rest \x1b or \u202e.
    """
    if text.isprintable():  # none of those characters, and no space but the plain one: nearly every text
        return text
    return "".join(_plain(character) for character in text)


def plain_lines(text: str) -> list[str]:
    r"""The lines of a text, each made plain; tabs are eight columns wide."""
    return [plain(line.expandtabs(8)) for line in text.split("\n")]


def without_password(source: str) -> str:
    """A URL without user and password; anything else as it is."""
    scheme, mark, rest = source.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


def _plain(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character)[0] == "C":
        return f"\\x{ord(character):02x}" if ord(character) < 0x100 else f"\\u{ord(character):04x}"  # noqa: PLR2004
    return character
