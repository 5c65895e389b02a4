# SPDX-License-Identifier: GPL-2.0-or-later
"""A suggestion as text for a terminal. Whatever came out of a patch or a repository goes through `plain`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bisectd.cli.text import plain
from bisectd.services.suggestion_report import lines_of, origin_of, reached_of
from bisectd.services.tracking import affected, by_probe, origin_sentence

Document = Mapping[str, Any]

_SECTIONS = (
    ("cured", "cures (BAD → GOOD)", "green"),
    ("broken", "breaks (GOOD → BAD)", "bold red"),
    ("still_bad", "leaves BAD", "yellow"),
    ("good", "leaves GOOD", "dim"),
    ("untestable", "says nothing about", "dim"),
)


def show_suggestion(console: Console, found: Document) -> None:
    """Effects, origin, kernels, people and remarks; last the lines that the patch lacks, never wrapped.

    `found` is what `--json` prints.
    """
    patch, base, reached = found["patch"], found["base"], reached_of(found)
    _say(console, Text(patch["subject"] or "a diff without a message", "bold"))
    _say(console, f"applied to {base['name']} ({base['commit'][:12]}): {base['how']}")
    _say(console, f"changes {', '.join(patch['functions'] or patch['files']) or 'no text file'}")
    for path in patch["left_out"]:
        _say(console, f"left out: {path}, a binary file")
    _effects(console, found)
    _origin(console, found)
    _section(console, "affected", affected(lines_of(found), reached))
    _section(
        console,
        "the fix is in",
        (
            f"{one.line}: {one.commit.id[:12]} ({one.how.value}), {one.release or 'no release'}"
            for one in reached
        ),
    )
    _section(console, "copy", (f"{person['who']} ({person['why']})" for person in found["people"]))
    _section(console, "remarks", map(_remark, found["remarks"]))
    counts = f"{found['judged']} versions judged ({found['cached']} from the store), {found['seconds']:.1f} s"
    console.print(Text(counts, "dim"), soft_wrap=True)
    tags = filter(None, (found["fixes"], found["stable"]))
    lines = found["additions"] if patch["mail"] else tuple(tags)
    if lines:
        console.print()
    for line in lines:
        _say(console, line)


def _effects(console: Console, found: Document) -> None:
    if not found["probes"]:
        _say(console, "no probe reaches what it changes")
    elif not _having(found, "cured"):
        _say(console, Text("it turns no probe from BAD to GOOD", "bold"))
    table = Table(box=None, show_header=False)
    for effect, words, style in _SECTIONS:
        tried = _having(found, effect)
        if tried:
            table.add_row(Text(words, style), Text("; ".join(by_probe(map(_setup, tried)))))
    if table.row_count:
        console.print(table)


def _origin(console: Console, found: Document) -> None:
    """What was wrong, and since when; then the probes whose fault came otherwise than the primary one's."""
    primary = found["primary"]
    if primary:
        without = next(one for one in found["probes"] if _setup(one) == _setup(primary))["before"]
        probe, target = _setup(primary)
        _say(console, f"without it, {probe} on {target}: {without['reason']}")
    sentence = origin_sentence(*origin_of(found["origin"]), found["introduced"])
    if sentence:
        _say(console, Text(sentence, "bold"))
    for one in found["probes"]:
        if one["origin"] and one["origin"] != found["origin"]:
            probe, target = _setup(one)
            other, _ = origin_of(one["origin"])
            _say(console, f"  otherwise {probe} on {target}: {type(other).__name__.lower()}")


def _having(found: Document, effect: str) -> Sequence[Document]:
    """The probes that the fix had this effect on."""
    return [one for one in found["probes"] if one["effect"] == effect]


def _setup(one: Document) -> tuple[str, str]:
    return one["probe"], one["target"]


def _remark(one: Document) -> str:
    return "".join((one["type"], f", line {one['line']}" if one["line"] else "", ": ", one["text"]))


def _section(console: Console, title: str, lines: Iterable[str]) -> None:
    lines = list(lines)
    if lines:
        _say(console, f"{title}:")
    for line in lines:
        _say(console, f"  {line}")


def _say(console: Console, line: str | Text) -> None:
    text = Text(plain(line)) if isinstance(line, str) else Text(plain(line.plain), line.style)
    console.print(text, soft_wrap=True)
