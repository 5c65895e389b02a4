# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd regressions`."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bisectd.cli import options
from bisectd.cli.follow import show_events
from bisectd.cli.render import SHORT
from bisectd.cli.text import plain
from bisectd.domain.errors import UserError
from bisectd.domain.tracking import BranchState, RegressionState, Whole
from bisectd.services.regressions import regressions, regressions_as_json
from bisectd.store.location import database_url
from bisectd.store.store import Store

_STYLES = {"open": "bold red", "affected": "bold red", "fixed": "green", "unaffected": "dim"}


@click.command(short_help="List the regressions of followed branches, or show one.")
@click.argument("number", metavar="[ID]", type=int, required=False)
@click.option(
    "--state",
    metavar="STATE",
    type=click.Choice(["open", "fixed", "all"]),
    default="all",
    show_default=True,
    help="open, fixed or all.",
)
@options.database
@options.as_json
def regressions_command(number: int | None, state: str, db: str | None, as_json: bool) -> None:
    """List the regressions of followed branches; with ID one of them in full, its Fixes: line last."""
    with Store.open(database_url(db, os.environ)) as store:
        if number is None:
            found = regressions(store, None if state == "all" else RegressionState(state))
        else:
            with store.read() as tx:
                whole = tx.regressions.whole(number)
            if whole is None:
                raise UserError(f"there is no regression {number}: `bisectd regressions` lists them")
            found = [whole]
    if as_json:
        click.echo(json.dumps(regressions_as_json(found), indent=2))
    elif number is None:
        _list(Console(), found)
    else:
        _show(Console(), found[0])


def _list(console: Console, found: Sequence[Whole]) -> None:
    if not found:
        console.print("no regressions: `bisectd follow` looks for them")
        return
    table = Table("id", "state", "introduced", "release", "fixed", "seen by", "affected branches", box=None)
    for whole in found:
        one = whole.regression
        affected = [row.branch_name for row in whole.branches if row.state is BranchState.AFFECTED]
        table.add_row(
            str(one.id),
            Text(one.state.value, _STYLES[one.state.value]),
            Text(plain(f"{one.introduced[:SHORT]} {one.subject}")),
            one.release or "-",
            f"{one.fixed[:SHORT]} {one.fixed_release or ''}" if one.fixed else "-",
            _seen_by(whole),
            Text(plain(" ".join(affected) or "-")),
        )
    console.print(table)


def _seen_by(whole: Whole) -> str:
    probes = sorted({one.probe for one in whole.sightings})
    targets = sorted({one.target for one in whole.sightings})
    what = f"{len(probes)} probes" if len(probes) > 1 else "".join(probes)
    return f"{what} on {f'{len(targets)} targets' if len(targets) > 1 else ''.join(targets)}"


def _show(console: Console, whole: Whole) -> None:
    one = whole.regression
    console.print(Text(f"regression {one.id}: ") + Text(one.state.value, _STYLES[one.state.value]))
    _line(console, "introduced", f"{one.introduced[:SHORT]} {one.subject}", one.introduced_at, one.release)
    if one.fixed:
        _line(console, "fixed", f"{one.fixed[:SHORT]} {one.fixed_subject}", one.fixed_at, one.fixed_release)
    console.print(Text(plain(f"  {one.reason}")), soft_wrap=True)
    seen = Table("branch", "probe", "target", "state", "introduced", "fixed", box=None)
    for row in whole.sightings:
        styled = Text(row.state.value, _STYLES[row.state.value])
        fixed = row.fixed[:SHORT] if row.fixed else "-"
        seen.add_row(
            Text(plain(row.branch_name)), row.probe, row.target, styled, row.introduced[:SHORT], fixed
        )
    console.print(seen)
    branches = Table("branch", "", "by", "first release", box=None)
    for standing in whole.branches:
        by = (
            f"{standing.fixed[:SHORT]} ({standing.how})"
            if standing.fixed and standing.how
            else standing.fixed
        )
        name, state = Text(plain(standing.branch_name)), standing.state.value
        branches.add_row(name, Text(state, _STYLES[state]), (by or "-")[:80], standing.release or "-")
    console.print(branches)
    events = whole.events[::-1]
    show_events(console, events, [one] * len(events))
    console.print()
    console.print(
        Text(plain(one.fixes or f"one of {len(one.candidates)} commits introduced it")), soft_wrap=True
    )


def _line(console: Console, what: str, commit: str, when: float | None, release: str | None) -> None:
    day = datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d") if when else ""
    first = f", first in {release}" if release else ", in no release yet"
    console.print(Text(plain(f"{what} by {commit}, {day}{first}")), soft_wrap=True)
