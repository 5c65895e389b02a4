# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd regressions`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bisectd.cli import options
from bisectd.cli.connection import connected, where
from bisectd.cli.follow import show_event
from bisectd.cli.render import SHORT
from bisectd.cli.text import plain
from bisectd.client import Document
from bisectd.domain.records import LARGEST
from bisectd.services.regressions import SCHEMA

_STYLES = {"open": "bold red", "affected": "bold red", "fixed": "green", "unaffected": "dim"}


@click.command(short_help="List the regressions of followed branches, or show one.")
@click.argument("number", metavar="[ID]", type=click.IntRange(1, LARGEST), required=False)
@click.option(
    "--state",
    metavar="STATE",
    type=click.Choice(["open", "fixed", "all"]),
    default="all",
    show_default=True,
    help="open, fixed or all.",
)
@where
@options.as_json
def regressions_command(
    number: int | None, state: str, server: str | None, token_file: str | None, db: str | None, as_json: bool
) -> None:
    """List the regressions of followed branches; with ID one of them in full, its Fixes: line last."""
    with connected(server, token_file, db) as client:
        if number is None:
            found = client.regressions({} if state == "all" else {"state": state})
        else:
            found = [client.regression(number)]
    if as_json:
        click.echo(json.dumps({"schema": SCHEMA, "regressions": found}, indent=2))
    elif number is None:
        _list(Console(), found)
    else:
        _show(Console(), found[0])


def _list(console: Console, found: Sequence[Document]) -> None:
    if not found:
        console.print("none: `bisectd follow` looks for regressions")
        return
    table = Table(
        "id",
        "repository",
        "state",
        "introduced",
        "release",
        "fixed",
        "seen by",
        "affected branches",
        box=None,
    )
    for one in found:
        table.add_row(
            str(one["id"]),
            plain(one["repository"]),
            _state(one["state"]),
            Text(plain(f"{one['introduced'][:SHORT]} {one['subject']}")),
            plain(one["release"] or "-"),
            plain(f"{one['fixed'][:SHORT]} {one['fixed_release'] or ''}" if one["fixed"] else "-"),
            plain(f"{_several(one['probes'], 'probes')} on {_several(one['targets'], 'targets')}"),
            Text(plain(" ".join(one["affected_branches"]) or "-")),
        )
    console.print(table, markup=False)


def _several(names: Sequence[str], what: str) -> str:
    return f"{len(names)} {what}" if len(names) > 1 else "".join(names)


def _state(state: str) -> Text:
    return Text(state, _STYLES[state])


def _show(console: Console, one: Document) -> None:
    console.print(Text(f"regression {one['id']}: ") + _state(one["state"]))
    _line(
        console,
        "introduced",
        f"{one['introduced'][:SHORT]} {one['subject']}",
        one["introduced_at"],
        one["release"],
        "in no release" if one["fixed_release"] else "in no release yet",
    )
    if one["fixed"]:
        fix = f"{one['fixed'][:SHORT]} {one['fixed_subject']}"
        _line(console, "fixed", fix, one["fixed_at"], one["fixed_release"])
    console.print(Text(plain(f"  {one['reason']}")), soft_wrap=True)
    seen = Table("branch", "probe", "target", "state", "introduced", "fixed", box=None)
    for row in one["sightings"]:
        seen.add_row(
            Text(plain(row["branch"])),
            Text(plain(row["probe"])),
            Text(plain(row["target"])),
            _state(row["state"]),
            row["introduced"][:SHORT],
            (row["fixed"] or "-")[:SHORT],
        )
    console.print(seen)
    branches = Table("branch", "", "by", "first release", box=None)
    for row in one["branches"]:
        by = f"{row['fixed'][:SHORT]} ({row['how']})" if row["fixed"] and row["how"] else row["fixed"]
        branches.add_row(
            Text(plain(row["branch"])),
            _state(row["state"]),
            plain(by or "-")[:80],
            plain(row["release"] or "-"),
        )
    console.print(branches)
    for event in reversed(one["events"]):
        show_event(console, event["kind"], one["id"], event)
    console.print()
    console.print(
        Text(plain(one["fixes"] or f"one of {len(one['candidates'])} commits introduced it")), soft_wrap=True
    )


def _line(
    console: Console,
    what: str,
    commit: str,
    when: float | None,
    release: str | None,
    none: str = "in no release yet",
) -> None:
    day = datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d") if when else ""
    first = f"first in {release}" if release else none
    console.print(Text(plain(f"{what} by {commit}, {day}, {first}")), soft_wrap=True)
