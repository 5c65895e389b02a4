# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd repository`: what jobs may name."""

import json

import click
from rich.console import Console
from rich.table import Table

from bisectd.cli import options
from bisectd.cli.connection import connected, where
from bisectd.cli.text import minute, plain
from bisectd.client import Document


@click.group("repository", short_help="Register repositories that jobs may name.")
def repository_command() -> None:
    """Register repositories, and list and fetch them."""


@repository_command.command("add")
@click.argument("name")
@click.argument("source")
@where
@options.as_json
def add_command(
    name: str, source: str, server: str | None, token_file: str | None, db: str | None, as_json: bool
) -> None:
    """Let jobs name the repository at SOURCE as NAME.

    SOURCE is a path, which is read in place, or a URL, which is mirrored. Of a server both are the server's.
    """
    with connected(server, token_file, db) as client:
        _told(client.add_repository(name, source), as_json=as_json)


@repository_command.command("fetch")
@click.argument("name")
@where
@options.as_json
def fetch_command(
    name: str, server: str | None, token_file: str | None, db: str | None, as_json: bool
) -> None:
    """Bring the mirror of a repository up to date. A server does it after it has answered."""
    with connected(server, token_file, db) as client:
        _told(client.fetch_repository(name), as_json=as_json)


@repository_command.command("remove")
@click.argument("name")
@where
def remove_command(name: str, server: str | None, token_file: str | None, db: str | None) -> None:
    """Let no job name a repository any more, and follow none of its branches.

    Its mirror is deleted, what was learned of it stays. Refused while jobs are unfinished on it.
    """
    with connected(server, token_file, db) as client:
        client.remove_repository(name)
    click.echo(plain(f"repository {name} is removed"))


@repository_command.command("list")
@where
@options.as_json
def list_command(server: str | None, token_file: str | None, db: str | None, as_json: bool) -> None:
    """List the repositories that jobs may name."""
    with connected(server, token_file, db) as client:
        found = client.repositories()
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    table = Table("repository", "source", "fetched", box=None)
    for one in found:
        source = one["source"] or ("a mirror" if one["mirrored"] else "on the server")
        table.add_row(plain(one["name"]), plain(source), _fetched(one))
    Console().print(table, markup=False)


def _told(found: Document, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        click.echo(plain(f"repository {found['name']}: {_fetched(found)}"))


def _fetched(found: Document) -> str:
    if found["error"]:
        return plain(f"failed: {found['error']}")
    if not found["mirrored"]:
        return "read in place"
    return minute(found["fetched"]) if found["fetched"] else "not yet fetched"
