# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd migrate`."""

import click

from bisectd.cli import options
from bisectd.services.database import opened
from bisectd.settings import settings
from bisectd.store.schema import HEAD


@click.command(short_help="Bring the database to this version's schema.")
@options.database
def migrate_command(db: str | None) -> None:
    """Make the database, or bring it to the schema of this version, and say which that is.

    Every command does so when it opens a database; this one does nothing else, before others start.
    """
    with opened(settings(db=db)) as store:
        click.echo(f"database {store.name} has schema {HEAD}")
