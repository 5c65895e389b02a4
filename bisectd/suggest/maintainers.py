# SPDX-License-Identifier: GPL-2.0-or-later
"""Whom a change concerns, by the MAINTAINERS file of the tree (its own head says what the letters mean)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

_LINE = re.compile(r"([A-Z]):\s+(.*?)\s*$")
_EVERYTHING = frozenset({"*", "*/"})  # "THE REST": its list hears of everything, its maintainer need not
_LONGEST_REGEX = 200  # N: lines are hostile input too


@dataclass(frozen=True)
class Section:
    """One entry: who and which files."""

    title: str
    people: tuple[str, ...]
    lists: tuple[str, ...]
    files: tuple[str, ...]
    excluded: tuple[str, ...]
    patterns: tuple[str, ...]

    def covers(self, path: str) -> bool:
        """Whether the file is this entry's."""
        if any(_matches(pattern, path) for pattern in self.excluded):
            return False
        return any(_matches(pattern, path) for pattern in self.files) or any(
            regex.search(path) for regex in map(_regex, self.patterns) if regex
        )


@dataclass(frozen=True)
class Concerned:
    """Maintainers and reviewers, and lists."""

    people: tuple[str, ...]
    lists: tuple[str, ...]


def parse(text: str) -> tuple[Section, ...]:
    """The entries of a MAINTAINERS file; what comes before the first is passed over."""
    return tuple(section for section in map(_section, _paragraphs(text)) if section)


def concerned(sections: Iterable[Section], paths: Iterable[str]) -> Concerned:
    """Everybody whom changes of these files concern; the most precise entries come first."""
    paths = tuple(paths)
    found = [section for section in sections if any(map(section.covers, paths))]
    found.sort(key=lambda section: -max(len(pattern) for pattern in (*section.files, *section.patterns)))
    people = (who for section in found if not _EVERYTHING & set(section.files) for who in section.people)
    lists = (address for section in found for address in section.lists)
    return Concerned(tuple(dict.fromkeys(people)), tuple(dict.fromkeys(lists)))


def _paragraphs(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []


def _section(block: list[str]) -> Section | None:
    """An entry: a title at the margin, and lines with letters, of which one names files."""
    title, *lines = block
    found = [match.groups() for line in lines if (match := _LINE.match(line))]
    if title[:1].isspace() or not any(letter in "FN" for letter, _ in found):
        return None

    def of(*letters: str) -> tuple[str, ...]:
        return tuple(value for letter, value in found if letter in letters)

    lists = tuple(value.split()[0] for value in of("L") if value)
    return Section(title, of("M", "R"), lists, of("F"), of("X"), of("N"))


def _matches(pattern: str, path: str) -> bool:
    """As scripts/get_maintainer.pl does: a trailing slash is all below, else the folders must be as many."""
    if not path.startswith(re.split(r"[*?\[]", pattern, maxsplit=1)[0]):
        return False
    if pattern.endswith("/"):
        return bool(_glob(pattern).match(path))
    below = "" if any(sign in pattern for sign in "*?") else pattern + "/"  # a folder without its slash
    if below and path.startswith(below):
        return True
    return path.count("/") == pattern.count("/") and bool(_glob(pattern).fullmatch(path))


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    parts = {"*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(parts.get(sign, re.escape(sign)) for sign in pattern))


@cache
def _regex(pattern: str) -> re.Pattern[str] | None:
    """None for what is no regular expression, or one whose search may take for ever."""
    nested = re.search(r"[*+}]\)?[*+{]", pattern)
    if len(pattern) > _LONGEST_REGEX or nested:
        return None
    try:
        return re.compile(pattern)
    except re.error:
        return None
