# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd follow`."""

import json
import time
from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bisectd.cli import options
from bisectd.cli.connection import connected, where
from bisectd.cli.hook import tell_how
from bisectd.cli.render import SHORT, verdict_text
from bisectd.cli.suggest import told
from bisectd.cli.text import plain
from bisectd.client import Document
from bisectd.domain.errors import UserError
from bisectd.services.database import opened
from bisectd.services.follow import Wanted, follow_here
from bisectd.services.follow import as_json as follow_as_json
from bisectd.services.hooks import deliver
from bisectd.services.recording import Recorded
from bisectd.services.regressions import event_as_json
from bisectd.settings import settings
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
@click.option(
    "--repository",
    metavar="NAME",
    help="Registered repository: the service follows the branches by itself from now on.",
)
@click.option("--branch", "branches", metavar="NAME", multiple=True, required=True, help="May repeat.")
@click.option(
    "--since", metavar="REV", default="", help="Where the first scan begins; default: oldest release."
)
@click.option(
    "--probe",
    "probes",
    metavar="NAME",
    multiple=True,
    help="May repeat; default: those that the branch is followed for, of a new one all.",
)
@click.option(
    "--target",
    "targets",
    metavar="NAME",
    multiple=True,
    help="May repeat; default: as for --probe.",
)
@options.toolchain
@options.jobs
@where
@options.as_json
def follow_command(
    repo: str,
    repository: str | None,
    branches: tuple[str, ...],
    since: str,
    probes: tuple[str, ...],
    targets: tuple[str, ...],
    toolchain: str,
    jobs: int,
    server: str | None,
    token_file: str | None,
    db: str | None,
    as_json: bool,
) -> None:
    """Scan what is new on branches and say which regressions that opens, fixes and opens again.

    The first time from --since to the head, then what came since the last time. Nothing is compiled where
    nothing of the functions changed. The branches stay registered: a server with this database follows them
    too.

    With --repository nothing is scanned here: the service, on a server or with this database, does it by
    itself, now and whenever the branches move.
    """
    if repository is not None:
        with connected(server, token_file, db) as client:
            followed = [
                client.follow(
                    {
                        "repository": repository,
                        "name": name,
                        "probes": list(probes) or None,
                        "targets": list(targets) or None,
                        "toolchain": toolchain,
                        "since": since or None,
                    }
                )
                for name in dict.fromkeys(branches)
            ]
        _tell(followed, as_json=as_json)
        return
    if server is not None:
        raise UserError("a server follows repositories that it knows: name one with --repository")
    started = time.monotonic()
    wanted = Wanted(repo, branches, probes, targets, toolchain, since, db)
    with told() as hears, SharedPool(jobs) as pool:
        found = follow_here(wanted, pool, hears)
    known = settings(db=db)
    with opened(known) as store:
        tell_how(deliver(store, known))
    if as_json:
        click.echo(json.dumps(follow_as_json(found, time.monotonic() - started), indent=2))
        return
    console = Console()
    for one in found:
        _show(console, one)
    console.print(Text(f"{time.monotonic() - started:.1f} s", "dim"))


def _tell(followed: Sequence[Document], *, as_json: bool) -> None:
    """Which branches the service follows, with which probes on which targets."""
    if as_json:
        click.echo(json.dumps(followed, indent=2))
        return
    for one in followed:
        what = f"{' '.join(one['probes'])} on {' '.join(one['targets'])}"
        click.echo(plain(f"{one['name']} of {one['repository']} is followed: {what}"))


def _show(console: Console, found: Recorded) -> None:
    scan = found.scan
    first = "scanned" if any(one.before for one in scan.scanned) else "scanned for the first time"
    new = first if scan.commits is None else f"{scan.commits} new commits"
    console.print(Text(plain(f"{scan.branch.name} at {scan.head[:SHORT]}: {new}"), "bold"), soft_wrap=True)
    table = Table("probe", "target", "at the head", "versions", "", box=None)
    for one in scan.scanned:
        versions = f"{len(one.versions)}, {one.new} new" if one.new else str(len(one.versions))
        table.add_row(
            one.setup.probe, one.setup.target, verdict_text(one.verdict), versions, Text(plain(one.note))
        )
    console.print(table)
    for event in found.events:
        document = event_as_json(found.regressions[event.id], event)
        regression = document["regression"]
        line = regression["fixes"] or regression["subject"]
        show_event(console, event.kind.value, event.regression, document, f": {line}")
    if not found.events:
        console.print(Text("nothing opened, nothing fixed"), soft_wrap=True)


def show_event(console: Console, kind: str, number: int, event: Document, more: str = "") -> None:
    """In one line, with the number of the regression that it happened to."""
    what = f" {number} on {event['branch']} by {event['commit'][:SHORT]} ({event['detail']}){more}"
    console.print(Text(kind, _STYLES[kind]) + Text(plain(what)), soft_wrap=True)
