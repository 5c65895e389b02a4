# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd jobs`, `show`, `cancel` and `retry`."""

import json
from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bisectd.cli import options
from bisectd.cli.connection import connected, where
from bisectd.cli.render import show_report
from bisectd.cli.render_suggestion import show_suggestion
from bisectd.cli.text import minute, plain
from bisectd.client import Client, Document
from bisectd.domain.jobs import JobKind, JobState
from bisectd.domain.records import LARGEST
from bisectd.services.report import from_json

FAILED = 129  # as for every failure that teaches nothing, see bisectd.cli.main
SHORT = 12
_STYLES = {"done": "green", "failed": "bold red", "cancelled": "yellow", "running": "bold"}
_NUMBER = click.argument("job", metavar="ID", type=click.IntRange(1, LARGEST))


@click.command()
@click.option("--state", type=click.Choice([state.value for state in JobState]), help="Only those.")
@click.option("--kind", type=click.Choice([kind.value for kind in JobKind]), help="Only those.")
@click.option("--user", metavar="NAME", help="Only those of one user.")
@click.option(
    "--limit",
    metavar="N",
    default=20,
    show_default=True,
    type=click.IntRange(1, LARGEST),
    help="How many at most.",
)
@where
@options.as_json
def jobs_command(
    state: str | None,
    kind: str | None,
    user: str | None,
    limit: int,
    server: str | None,
    token_file: str | None,
    db: str | None,
    as_json: bool,
) -> None:
    """List the jobs of the service, the newest first."""
    filters = {name: value for name, value in (("state", state), ("kind", kind), ("user", user)) if value}
    with connected(server, token_file, db) as client:
        found = client.jobs(filters, limit)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    table = Table("job", "state", "kind", "user", "repository", "what", "submitted", box=None)
    for job in found:
        asked = job["question"]
        table.add_row(
            str(job["id"]),
            _state(job),
            job["kind"],
            plain(job["user"]),
            plain(asked["repository"]),
            Text(plain(_what(asked))),
            minute(job["created"]),
        )
    Console().print(table)


@click.command(short_help="Show a job of the service, and its answer.")
@_NUMBER
@click.option("--follow", is_flag=True, help="Wait for its end; on standard error, what it comes to know.")
@where
@options.as_json
def show_command(
    job: int, follow: bool, server: str | None, token_file: str | None, db: str | None, as_json: bool
) -> int:
    """Show a job, and its answer once there is one.

    Exit code 129 where it failed or was cancelled.
    """
    with connected(server, token_file, db) as client:
        return followed(client, job, as_json=as_json) if follow else _shown(client.job(job), as_json=as_json)


@click.command(short_help="End a job of the service.")
@_NUMBER
@where
@options.as_json
def cancel_command(
    job: int, server: str | None, token_file: str | None, db: str | None, as_json: bool
) -> None:
    """End a job. What was observed for it is kept."""
    with connected(server, token_file, db) as client:
        told(client.cancel(job), as_json=as_json)


@click.command(short_help="Take up a job of the service again.")
@_NUMBER
@where
@options.as_json
def retry_command(
    job: int, server: str | None, token_file: str | None, db: str | None, as_json: bool
) -> None:
    """Take up again a job that failed, was cancelled, or met what took workers down."""
    with connected(server, token_file, db) as client:
        told(client.retry(job), as_json=as_json)


def told(job: Document, *, as_json: bool) -> None:
    """Say in one line how a job stands."""
    if as_json:
        click.echo(json.dumps(job, indent=2))
    else:
        click.echo(f"job {job['id']} is {job['state']}")


def followed(client: Client, number: int, *, as_json: bool) -> int:
    """Wait for a job's end, saying what it comes to know, and show it; the exit code."""
    waiting = None
    for name, document in client.events(number):
        if name == "step":
            click.echo(plain(_step(document)), err=True)
        elif name == "job" and (now := _waits(document)) != waiting:
            waiting = now
            click.echo(plain(f"job {number} is {now}"), err=True)
    return _shown(client.job(number), as_json=as_json)


def _shown(job: Document, *, as_json: bool) -> int:
    """Show a job; the exit code."""
    if as_json:
        click.echo(json.dumps(job, indent=2))
    else:
        _show(Console(), job)
    return FAILED if job["state"] in {"failed", "cancelled"} else 0


def _show(console: Console, job: Document) -> None:
    asked = job["question"]
    head = Text(f"job {job['id']}, {job['kind']} in {plain(asked['repository'])}: ") + _state(job)
    console.print(head, soft_wrap=True)
    if job["error"]:
        console.print(Text(plain(job["error"]), "bold red"), soft_wrap=True)
    if job["result"] is None:
        console.print(Text(plain(_what(asked))), soft_wrap=True)
        line = _progress(job["progress"])
        if line and not job["finished"]:
            console.print(Text(plain(line), "dim"), soft_wrap=True)
        return
    console.print()
    if job["kind"] == JobKind.SUGGEST.value:
        show_suggestion(console, job["result"])
    else:
        show_report(console, *from_json(job["result"]))


def _state(job: Document) -> Text:
    return Text(job["state"], _STYLES.get(job["state"], ""))


def _what(asked: Mapping[str, Any]) -> str:
    if asked["kind"] == JobKind.SUGGEST.value:
        fix = asked["commit"] or asked["mail"] or ""
        return f"{'commit' if asked['commit'] else 'mail'} {fix[:SHORT]} on {asked['target']}"
    if asked["kind"] == JobKind.FOLLOW.value:
        return f"{asked['branch_name']} up to {asked['bad'][:SHORT]}"
    good = ", ".join(good[:SHORT] for good in asked["goods"])
    return f"{asked['probe']} on {asked['target']}, {good}..{(asked['bad'] or '')[:SHORT]}"


def _progress(progress: Mapping[str, Any]) -> str:
    words = {"candidates": "commits may matter", "steps_left": "steps left", "waiting": "tasks to wait for"}
    counts = [f"{progress[name]} {text}" for name, text in words.items() if progress[name] is not None]
    return ", ".join(filter(None, (progress["lacks"], progress["stage"], *counts)))


def _waits(job: Document) -> str:
    return ": ".join(filter(None, (job["state"], job["progress"]["lacks"], job["progress"]["stage"])))


def _step(step: Document) -> str:
    line = f"{step['commit'][:SHORT]} is {step['verdict']} ({step['probe']} on {step['target']})"
    return f"{line}, known before" if step["cached"] else line
