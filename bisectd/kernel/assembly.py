# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads assembly text for directives that open files, before an assembler sees it.

What the compiler made of a source is read here, not the source: macros and strings are already put together.
Only the assembler's own macros can still compose a directive. Confined by Landlock the assembler finds no
file to open then; without it such macros are refused.
"""

import re

# String data, whose content is no directive. The rest of such a line is read.
_DATA = re.compile(rb"^[ \t]*\.(?:ascii|asciz|string)[ \t]", re.MULTILINE)
_STRING = re.compile(rb'"(?:[^"\\\n]|\\.)*+"')
_OPENS = re.compile(rb"(?<![\w$.])\.(?:incbin|include)\b", re.IGNORECASE)

# A statement's first word put together from macro arguments; one argument alone is seen where it is given.
_COMPOSED = re.compile(rb"(?:^|[;:])[ \t]*(?=[^\s\\;:]*\\)(?!\\\w+[ \t\n])(?![^\s;:]+:)\S", re.MULTILINE)
_TRICKS = re.compile(rb"\.(?:altmacro|mri|irpc)\b|\.macro[ \t]+\.|\.purgem\b", re.IGNORECASE)


def refusal(text: bytes, confined: bool) -> str:
    """Why this text must not be assembled, "" if it may be."""
    lower = text.lower()
    if b".incbin" in lower or b".include" in lower:
        found = _OPENS.search(_without_data(text))
        if found:
            return f"uses {found[0].decode().lower()}, which reads files of this machine"
    if not confined and (_TRICKS.search(text) or _COMPOSED.search(_without_data(text))):
        return "composes directives from macro arguments, and this machine has no Landlock to confine them"
    return ""


def _without_data(text: bytes) -> bytes:
    return b"\n".join(_STRING.sub(b"", line) if _DATA.match(line) else line for line in text.split(b"\n"))
