# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd log`."""

import click

from bisectd.cli import options
from bisectd.history import Repository


@click.command()
@options.repo
@click.argument("revisions", metavar="RANGE", nargs=1)
@click.argument("paths", metavar="[--] PATHS...", nargs=-1)
def log_command(repo: str, revisions: str, paths: tuple[str, ...]) -> None:
    """List the candidate commits of the walk, one full id a line.

    The commits of RANGE that change one of PATHS, as `git log --format=%H RANGE -- PATHS` gives them.
    """
    found = Repository.open(repo).walk(revisions.split(), paths)
    click.echo("".join(f"{commit}\n" for commit in found), nl=False)
