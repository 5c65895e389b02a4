# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd unfollow`."""

import json

import click

from bisectd.cli import options
from bisectd.cli.connection import connected, where
from bisectd.cli.text import plain


@click.command(short_help="Follow branches no longer.")
@click.option("--repository", metavar="NAME", required=True, help="See `bisectd repository list`.")
@click.option("--branch", "branches", metavar="NAME", multiple=True, required=True, help="May repeat.")
@where
@options.as_json
def unfollow_command(
    repository: str,
    branches: tuple[str, ...],
    server: str | None,
    token_file: str | None,
    db: str | None,
    as_json: bool,
) -> None:
    """Let the service follow branches no longer. Their timelines and regressions stay readable."""
    with connected(server, token_file, db) as client:
        ended = [client.unfollow(repository, name) for name in dict.fromkeys(branches)]
    if as_json:
        click.echo(json.dumps(ended, indent=2))
        return
    for one in ended:
        click.echo(plain(f"{one['name']} of {one['repository']} is followed no longer"))
