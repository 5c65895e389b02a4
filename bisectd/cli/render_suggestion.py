# SPDX-License-Identifier: GPL-2.0-or-later
"""A suggestion as text for a terminal. Whatever came out of a patch or a repository goes through `plain`."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bisectd.cli.text import plain
from bisectd.services.cure import Effect
from bisectd.services.suggestion import Suggestion
from bisectd.services.tracking import affected, by_probe, origin_sentence

_SECTIONS = (
    (Effect.CURED, "cures (BAD → GOOD)", "green"),
    (Effect.BROKEN, "breaks (GOOD → BAD)", "bold red"),
    (Effect.STILL_BAD, "leaves BAD", "yellow"),
    (Effect.GOOD, "leaves GOOD", "dim"),
    (Effect.UNTESTABLE, "says nothing about", "dim"),
)


def show_suggestion(console: Console, found: Suggestion) -> None:
    """Effects, origin, kernels, people and remarks; last the lines that the patch lacks, never wrapped."""
    patch, base = found.fix.patch, found.base
    _say(console, Text(patch.subject or patch.title, "bold"))
    _say(console, f"applied to {base.title}: {base.how}")
    _say(console, f"changes {', '.join(found.functions or found.files) or 'no text file'}")
    for change in patch.changes:
        if change.binary:
            _say(console, f"left out: {change.path}, a binary file")
    _effects(console, found)
    if found.primary:
        setup = found.primary.setup
        _say(
            console, f"without it, {setup.probe} on {setup.target}: {found.primary.before.observation.reason}"
        )
    sentence = origin_sentence(found)
    if sentence:
        _say(console, Text(sentence, "bold"))
    _different_origins(console, found)
    _section(console, "affected", affected(found))
    _section(
        console,
        "the fix is in",
        (
            f"{one.line}: {one.commit.id[:12]} ({one.how.value}), {one.release or 'no release'}"
            for one in found.reached
        ),
    )
    _section(console, "copy", (f"{person.who} ({person.why})" for person in found.people))
    _section(
        console,
        "remarks",
        (f"{one.type}{f', line {one.line}' if one.line else ''}: {one.text}" for one in found.remarks),
    )
    cached = f"{found.judged} versions judged ({found.cached} from the store), {found.seconds:.1f} s"
    console.print(Text(cached, "dim"), soft_wrap=True)
    lines = (
        found.additions
        if found.fix.patch.is_mail
        else tuple(filter(None, (found.tags.fixes, found.tags.stable)))
    )
    if lines:
        console.print()
    for line in lines:
        _say(console, line)


def _effects(console: Console, found: Suggestion) -> None:
    if not found.tried:
        _say(console, "no probe reaches what it changes")
    elif not found.having(Effect.CURED):
        _say(console, Text("it turns no probe from BAD to GOOD", "bold"))
    table = Table(box=None, show_header=False)
    for effect, words, style in _SECTIONS:
        tried = found.having(effect)
        if tried:
            table.add_row(Text(words, style), Text("; ".join(by_probe(tried))))
    if table.row_count:
        console.print(table)


def _different_origins(console: Console, found: Suggestion) -> None:
    """Probes whose fault came otherwise than that of the primary one."""
    others = [setup for setup, origin in found.origins.items() if origin != found.origin]
    for setup in others:
        _say(
            console,
            f"  otherwise {setup.probe} on {setup.target}: {type(found.origins[setup]).__name__.lower()}",
        )


def _section(console: Console, title: str, lines: Iterable[str]) -> None:
    lines = list(lines)
    if lines:
        _say(console, f"{title}:")
    for line in lines:
        _say(console, f"  {line}")


def _say(console: Console, line: str | Text) -> None:
    text = Text(plain(line)) if isinstance(line, str) else Text(plain(line.plain), line.style)
    console.print(text, soft_wrap=True)
