# SPDX-License-Identifier: GPL-2.0-or-later
"""The places where C or assembly text can pull in another file, found without preprocessing.

What is found is a superset: text in comments, in strings and in branches not taken counts. That costs a few
needless dependencies and never misses one. Ways to write a directive that this scan would not see through are
refused instead (no kernel uses them).
"""

import re
from functools import lru_cache
from typing import NamedTuple

# A backslash, blanks and a newline: gcc and clang join such lines.
_SPLICE = re.compile(rb"\\[ \t\v\f\r]*\n")
# Blanks and comments, which may stand anywhere in a directive; a comment longer than this is refused.
_GAP = rb"(?:[ \t\v\f]|/\*(?:[^*]|\*(?!/)){0,1000}+\*/)*+"
_HASH = rb"\#" + _GAP
_NAME = rb'(?:<([^>\n]{0,200}+)>|"([^"\n]{0,200}+)")'
_INCLUDE = re.compile(
    _HASH + rb"(include_next|include|import)\b" + _GAP + rb"(?:" + _NAME + rb"|([A-Za-z_]))?"
)
_HAS_INCLUDE = re.compile(
    rb"(?:def(?:ined)?[ \t]*+\(?[ \t]*+)?__has_include(?:_next)?\b(?:" + _GAP + rb"\(" + _GAP + _NAME + rb")?"
)
_MOST_INCLUDES = 10_000  # kernel files have up to 200
# What must occur in the text for a pattern to match, the pattern, and what is said.
_REFUSED = (
    (
        b"/*",
        re.compile(_HASH + rb"(?:(?:include_next|include|import)\b" + _GAP + rb")?/\*"),
        "hides a directive",
    ),
    (
        b"include",
        re.compile(_HASH + rb"include\w*" + _GAP + rb'[<"][^>"\n]{200}[^>"\n]'),
        "includes an endless name",
    ),
    (b"embed", re.compile(_HASH + rb"embed\b|__has_embed"), "uses #embed"),
    (
        b"dependency",
        re.compile(rb"GCC[ \t]+dependency"),
        "asks for a file's time stamp (#pragma GCC dependency)",
    ),
)


class Directive(NamedTuple):
    """One #include: `name` as it is written. `quoted`: the includer's own folder comes first."""

    name: str
    quoted: bool


class Scan(NamedTuple):
    """What a text names.

    `probes`: asked for by __has_include. `next`: names of #include_next. `computed`: whether an #include
    takes its name from a macro. `refused`: why the text may not be compiled, "" if it may.
    """

    includes: tuple[Directive, ...]
    probes: tuple[Directive, ...]
    next: frozenset[str]
    computed: bool
    refused: str


@lru_cache(maxsize=1 << 16)
def _directive(angled: bytes, quoted: bytes) -> Directive:
    return Directive((angled or quoted).decode("utf-8", "surrogateescape"), bool(quoted))


def scan(text: bytes) -> Scan:
    """Find everything in a file's text that names another file. Linear in the length of the text."""
    if b"\\" in text:
        text = _SPLICE.sub(b"", text)
    text = text.replace(b"%:", b"#")  # the digraph
    found = _INCLUDE.findall(text)
    named = [
        (keyword, _directive(angled, quoted)) for keyword, angled, quoted, _ in found if angled or quoted
    ]
    probes, refused = _probes(text)
    return Scan(
        includes=tuple(dict.fromkeys(directive for _, directive in named)),
        probes=probes,
        next=frozenset(directive.name for keyword, directive in named if keyword == b"include_next"),
        computed=any(macro for _, _, _, macro in found),
        refused=refused or _refusal(text, named),
    )


def _refusal(text: bytes, named: list[tuple[bytes, Directive]]) -> str:
    if len(named) > _MOST_INCLUDES:
        return f"has more than {_MOST_INCLUDES} #include directives"
    if any("\0" in directive.name for _, directive in named):
        return "includes a name with a zero byte in it"
    return next((why for word, pattern, why in _REFUSED if word in text and pattern.search(text)), "")


def _probes(text: bytes) -> tuple[tuple[Directive, ...], str]:
    """Names that __has_include asks for; refused where they are not written out."""
    if b"__has_include" not in text:
        return (), ""
    matches = list(_HAS_INCLUDE.finditer(text))
    named = tuple(_directive(match[1] or b"", match[2] or b"") for match in matches if match[1] or match[2])
    hidden = any(not (match[1] or match[2] or match[0].startswith(b"def")) for match in matches)
    return named, "computes the argument of __has_include" if hidden else ""
