# SPDX-License-Identifier: GPL-2.0-or-later
"""What a reviewer would remark on a message, by the names of scripts/checkpatch.pl where it has one."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bisectd.domain.commit import Commit
from bisectd.suggest.fixes import ABBREVIATION
from bisectd.suggest.mail import Patch
from bisectd.suggest.trailers import Trailer, trailers

COLUMNS = 75

_FIXES = re.compile(r'Fixes: ([0-9a-f]{12,40}) \("(.+)"\)')
_LOOSE_FIXES = re.compile(r"\s*fixes:?\s*(?:commit\s+)?([0-9a-f]{5,40})\b(.*)", re.IGNORECASE)
# With a digit in it: "commit added" names no commit.
_PROSE = re.compile(r"\bcommit\s+(?=[a-f]*[0-9])([0-9a-f]{5,40})\b(?!\s+upstream\b)", re.IGNORECASE)
_QUOTED = re.compile(r'\s+\("(.+?)"\)', re.DOTALL)
_REVERT = re.compile(r"\bThis (?:partially )?reverts\s+$")
_EXEMPT = re.compile(
    r"\s*(?:[A-Za-z][A-Za-z0-9-]*:\s|#|\[|\(cherry picked)|.*\b(?:https?|ftp)://|.*\bcommit\s+[0-9a-f]{7,40}\b"
    r"|\S+$|\s{4}",
    re.IGNORECASE,
)
_STABLE = re.compile(r"(.*?)<?(stable@(?:vger\.)?kernel\.org)>?\s*(.*)", re.IGNORECASE)

Find = Callable[[str], Commit | None]  # by an id's first digits; None where the repository has no such commit


@dataclass(frozen=True)
class Remark:
    """One remark. `type` is checkpatch's name; `line` counts from 1 in the message, 0 where none is meant."""

    type: str
    text: str
    line: int = 0


@dataclass(frozen=True)
class Evidence:
    """What the message is held against: the right tags, None where the evidence gives none.

    `among`: where it comes to a range, the commits of which one is the culprit, oldest first.
    """

    fixes: str | None
    stable: str | None
    among: tuple[Commit, ...] = ()


def remarks(patch: Patch, find: Find, evidence: Evidence) -> tuple[Remark, ...]:
    """Everything there is to say about the message, in the order of its lines."""
    lines = [patch.body.text(line) for line in patch.body.message.split(b"\n")]
    tags = trailers(lines)
    found = [
        *_references(lines, tags, find),
        *_fixes_tags(lines, find, evidence),
        *_long_lines(lines),
        *_reported(tags),
        *_links(tags),
        *_stable_style(tags),
        *_missing(tags, lines, evidence),
    ]
    return tuple(sorted(found, key=lambda remark: (not remark.line, remark.line)))


def _references(lines: Sequence[str], tags: Sequence[Trailer], find: Find) -> Iterator[Remark]:
    """Commits that prose names."""
    text = "\n".join(lines)
    ends = tags[0].line if tags else len(lines)
    for match in _PROSE.finditer(text):
        line = text.count("\n", 0, match.start())
        before = text[: match.start()]
        if line >= ends or before.rpartition("\n")[2].rstrip().endswith(("[ Upstream", "picked from")):
            continue
        if _REVERT.search(before) and len(match[1]) == 40:  # noqa: PLR2004 - as git revert writes it
            continue
        yield from _reference(match, text, line + 1, find)


def _reference(match: re.Match[str], text: str, line: int, find: Find) -> Iterator[Remark]:
    digits = match[1]
    commit = find(digits.lower())
    if commit is None:
        yield Remark("UNKNOWN_COMMIT_ID", f"commit {digits} is not in this repository", line)
    title = _QUOTED.match(text, match.end())
    named = " ".join(title[1].split()) if title else None
    exact = len(digits) >= ABBREVIATION and digits == digits.lower()
    if exact and named and (commit is None or named == commit.subject):
        return
    right = commit.subject if commit else "<title line>"
    shown = digits.lower() if len(digits) >= ABBREVIATION else "<12+ chars of sha1>"
    if commit and len(digits) < ABBREVIATION:
        shown = (commit.upstream or commit.id)[:ABBREVIATION]
    yield Remark("GIT_COMMIT_ID", f'write commit {digits} as: commit {shown} ("{right}")', line)


def _fixes_tags(lines: Sequence[str], find: Find, evidence: Evidence) -> Iterator[Remark]:
    for number, line in enumerate(lines, 1):
        loose = _LOOSE_FIXES.match(line)
        if loose is None:
            continue
        exact = _FIXES.fullmatch(line.rstrip())
        commit = find(loose[1].lower())
        if commit is None:
            yield Remark("UNKNOWN_COMMIT_ID", f"Fixes: names {loose[1]}, not in this repository", number)
        if exact is None:
            yield Remark(
                "BAD_FIXES_TAG",
                f'write one line Fixes: <{ABBREVIATION}+ chars of sha1> ("<title line>")',
                number,
            )
        elif commit and exact[2] != commit.subject:
            yield Remark("BAD_FIXES_TAG", f'the title of {exact[1]} is "{commit.subject}"', number)
        other = _otherwise(evidence, commit) if commit else ""
        if other:
            yield Remark("BAD_FIXES_TAG", f"the evidence shows {other}", number)


def _otherwise(evidence: Evidence, commit: Commit) -> str:
    """What the evidence shows where it is not this commit, "" where it may be."""
    if evidence.fixes and not _same(evidence.fixes.split()[1], commit):
        return f"another commit: {evidence.fixes}"
    among = evidence.among
    if among and not any(_same(name, commit) for one in among for name in (one.id, one.upstream) if name):
        return f"one of {len(among)} others, {among[0].id[:ABBREVIATION]} to {among[-1].id[:ABBREVIATION]}"
    return ""


def names_culprit(lines: Sequence[str], evidence: str) -> bool:
    """Whether a well-formed Fixes: line names the commit of the evidence."""
    exact = (_FIXES.fullmatch(line.rstrip()) for line in lines)
    wanted = evidence.split()[1]
    return any(match and (match[1].startswith(wanted) or wanted.startswith(match[1])) for match in exact)


def _same(digits: str, commit: Commit) -> bool:
    return any(
        name.startswith(digits) or digits.startswith(name) for name in (commit.id, commit.upstream) if name
    )


def _long_lines(lines: Sequence[str]) -> Iterator[Remark]:
    for number, line in enumerate(lines, 1):
        if len(line.expandtabs()) > COLUMNS and not _EXEMPT.match(line):
            yield Remark("COMMIT_LOG_LONG_LINE", f"{len(line)} columns, more than {COLUMNS}", number)


def _reported(tags: Sequence[Trailer]) -> Iterator[Remark]:
    after = {tag.line: tag for tag in tags}
    for tag in tags:
        following = after.get(tag.line + 1)
        if tag.key.lower() == "reported-by" and (following is None or following.key.lower() != "closes"):
            yield Remark(
                "BAD_REPORTED_BY_LINK", "Reported-by: is followed at once by Closes: with a URL", tag.line + 1
            )


def _links(tags: Sequence[Trailer]) -> Iterator[Remark]:
    for tag in tags:
        if tag.key.lower() in {"link", "closes"} and not re.search(r"\bhttps?://", tag.value, re.IGNORECASE):
            yield Remark("COMMIT_LOG_WRONG_LINK", f"{tag.key}: wants an http or https URL", tag.line + 1)


def _stable_style(tags: Sequence[Trailer]) -> Iterator[Remark]:
    for tag in tags:
        match = _STABLE.match(tag.value)
        if match and tag.key.lower() == "cc" and (match[1].strip() or not re.match(r"#|$", match[3])):
            yield Remark(
                "BAD_STABLE_ADDRESS_STYLE",
                f"write Cc: <{match[2]}> without a name, and a comment after #",
                tag.line + 1,
            )


def _missing(tags: Sequence[Trailer], lines: Sequence[str], evidence: Evidence) -> Iterator[Remark]:
    if not any(tag.key.lower() == "signed-off-by" for tag in tags):
        yield Remark("MISSING_SIGN_OFF", "no Signed-off-by: line")
    if evidence.fixes and not any(_LOOSE_FIXES.match(line) for line in lines):
        yield Remark("MISSING_FIXES_TAG", f"no Fixes: line; the evidence shows {evidence.fixes}")
    if evidence.stable and not any(tag.is_stable for tag in tags):
        yield Remark("MISSING_STABLE_TAG", f"a released kernel has the fault: {evidence.stable}")
