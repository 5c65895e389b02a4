# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd log`."""

import click

from bisectd.cli import options
from bisectd.history import Repository


@click.command()
@options.repo
@click.argument("range_", metavar="RANGE", nargs=1)
@click.argument("paths", metavar="[--] PATHS...", nargs=-1)
def log_command(repo: str, range_: str, paths: tuple[str, ...]) -> None:
    """List the candidate commits of the walk, one full id a line.

    The commits of RANGE that change one of PATHS, as `git log --format=%H RANGE -- PATHS` gives them.
    RANGE is one word: A..B, A...B, or a revision, which may hold blanks ('HEAD^{/Linux 4.5}').
    """
    found = Repository.open(repo).walk([range_], paths)
    click.echo("".join(f"{commit}\n" for commit in found), nl=False)
