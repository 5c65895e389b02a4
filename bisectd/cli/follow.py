# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd follow`."""

import json
import os
import time
from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bisectd.cli import options
from bisectd.cli.hook import tell_how
from bisectd.cli.render import SHORT, verdict_text
from bisectd.cli.suggest import told
from bisectd.cli.text import plain
from bisectd.domain.tracking import Event, Regression
from bisectd.services.follow import Wanted, follow_here
from bisectd.services.follow import as_json as follow_as_json
from bisectd.services.hooks import deliver
from bisectd.services.recording import Recorded
from bisectd.settings import settings
from bisectd.store.location import database_url
from bisectd.store.store import Store
from workers.shared import SharedPool

_STYLES = {
    "opened": "bold red",
    "reopened": "bold red",
    "affected": "red",
    "fixed": "green",
    "reached": "green",
}


@click.command(short_help="Scan what is new on branches for regressions.")
@options.repo
@click.option("--branch", "branches", metavar="NAME", multiple=True, required=True, help="May repeat.")
@click.option(
    "--since", metavar="REV", default="", help="Where the first scan begins; default: oldest release."
)
@click.option(
    "--probe",
    "probes",
    metavar="NAME",
    multiple=True,
    default=("all",),
    show_default=True,
    help="May repeat.",
)
@click.option(
    "--target",
    "targets",
    metavar="NAME",
    multiple=True,
    default=("all",),
    show_default=True,
    help="May repeat.",
)
@options.toolchain
@options.jobs
@options.database
@options.as_json
def follow_command(
    repo: str,
    branches: tuple[str, ...],
    since: str,
    probes: tuple[str, ...],
    targets: tuple[str, ...],
    toolchain: str,
    jobs: int,
    db: str | None,
    as_json: bool,
) -> None:
    """Scan what is new on branches and say which regressions that opens, fixes and opens again.

    The first time from --since to the head, then what came since the last time. Nothing is compiled where
    nothing of the functions changed. The branches stay registered: a server with this database follows them
    too.
    """
    started = time.monotonic()
    wanted = Wanted(repo, branches, probes, targets, toolchain, since, db)
    with told() as hears, SharedPool(jobs) as pool:
        found = follow_here(wanted, pool, hears)
    with Store.open(database_url(db, os.environ)) as store:
        tell_how(deliver(store, settings(db=db)))
    if as_json:
        click.echo(json.dumps(follow_as_json(found, time.monotonic() - started), indent=2))
        return
    console = Console()
    for one in found:
        _show(console, one)
    console.print(Text(f"{time.monotonic() - started:.1f} s", "dim"))


def _show(console: Console, found: Recorded) -> None:
    scan = found.scan
    new = "scanned for the first time" if scan.commits is None else f"{scan.commits} new commits"
    console.print(Text(plain(f"{scan.branch.name} at {scan.head[:SHORT]}: {new}"), "bold"), soft_wrap=True)
    table = Table("probe", "target", "at the head", "versions", "", box=None)
    for one in scan.scanned:
        versions = f"{len(one.versions)}, {one.new} new" if one.new else str(len(one.versions))
        table.add_row(
            one.setup.probe, one.setup.target, verdict_text(one.verdict), versions, Text(plain(one.note))
        )
    console.print(table)
    show_events(console, found.events, [found.regressions[event.regression] for event in found.events])
    if not found.events:
        console.print(Text("nothing opened, nothing fixed"), soft_wrap=True)


def show_events(console: Console, events: Sequence[Event], regressions: Sequence[Regression]) -> None:
    """One line an event."""
    for event, regression in zip(events, regressions, strict=True):
        kind = Text(event.kind.value, _STYLES[event.kind.value])
        what = f" {regression.id} on {event.branch_name} by {event.commit[:SHORT]} ({event.detail}): "
        console.print(kind + Text(plain(what + (regression.fixes or regression.subject))), soft_wrap=True)
