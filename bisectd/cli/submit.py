# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd submit`: questions for the service."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from bisectd.cli import options
from bisectd.cli.connection import connected, where
from bisectd.cli.jobs import followed, told
from bisectd.client import Client, Submission
from bisectd.domain.jobs import Asked, JobKind
from bisectd.services.fix import read_mails

F = TypeVar("F", bound=Callable[..., Any])

_repository = click.option(
    "--repository", metavar="NAME", required=True, help="See `bisectd repository list`."
)
_good = click.option(
    "--good", "goods", metavar="REV", multiple=True, required=True, help="Good revision; may repeat."
)
_bad = click.option("--bad", metavar="REV", required=True, help="Bad revision.")
_probe = click.option("--probe", metavar="NAME", required=True, help="See `bisectd probes`.")
_target = click.option("--target", metavar="NAME", required=True, help="See `bisectd targets`.")
_toolchain = click.option(
    "--toolchain", metavar="NAME", default="zig", show_default=True, help="Compiler: zig or gcc."
)
_key = click.option(
    "--key", metavar="WORD", help="What you call this submission: repeated, it is the same job."
)
_follow = click.option("--follow", is_flag=True, help="Wait for the answer, as `bisectd show --follow` does.")


def _submission(command: F) -> F:
    """What submissions share."""
    for option in (options.as_json, where, _follow, _key, _toolchain):
        command = option(command)
    return command


def _search(command: F) -> F:
    """What a bisection and a scan share."""
    for option in (_submission, _target, _probe, _bad, _good, _repository):
        command = option(command)
    return command


@click.group("submit", short_help="Ask the service: bisect, scan, suggest.")
def submit_command() -> None:
    """Submit a job to a server, or to the local store, where `bisectd worker` finds it."""


@submit_command.command("bisect")
@_search
def bisect_command(**given: Any) -> int:
    """Find the commit of a range that changed what a probe sees."""
    return _searched(JobKind.BISECT, **given)


@submit_command.command("scan")
@_search
def scan_command(**given: Any) -> int:
    """Run every class of a range and list every transition."""
    return _searched(JobKind.SCAN, **given)


@submit_command.command("suggest")
@click.argument("fix", metavar="FIX")
@_repository
@click.option("--patch", "number", metavar="N", type=click.IntRange(1), help="Of a series: which one.")
@click.option("--target", metavar="NAME", default="all", show_default=True, help="See `bisectd targets`.")
@_submission
def suggest_command(
    fix: str, repository: str, number: int | None, target: str, toolchain: str, **given: Any
) -> int:
    """Say what a fix cures, which commit introduced that, and which kernels have it.

    FIX is an mbox (git format-patch, b4, Patchwork), a maildir, a diff, - for standard input, or a commit.
    """
    mail = read_mails(fix, sys.stdin.buffer)
    commit = fix if mail is None else ""
    asked = Asked(JobKind.SUGGEST, repository, toolchain, target=target, bad=commit, number=number or 0)
    return _submitted(asked, mail, **given)


def _searched(
    kind: JobKind,
    repository: str,
    goods: tuple[str, ...],
    bad: str,
    probe: str,
    target: str,
    toolchain: str,
    **given: Any,
) -> int:
    asked = Asked(kind, repository, toolchain, probe, target, goods, bad)
    return _submitted(asked, None, **given)


def _submitted(
    asked: Asked,
    mail: bytes | None,
    key: str | None,
    follow: bool,
    server: str | None,
    token_file: str | None,
    db: str | None,
    as_json: bool,
) -> int:
    with connected(server, token_file, db) as client:
        return _submit(client, Submission(asked, mail, key), follow=follow, as_json=as_json)


def _submit(client: Client, what: Submission, *, follow: bool, as_json: bool) -> int:
    job = client.submit(what)
    if not follow:
        told(job, as_json=as_json)
        return 0
    click.echo(f"job {job['id']}", err=True)
    return followed(client, job["id"], as_json=as_json)
