# SPDX-License-Identifier: GPL-2.0-or-later
"""Run by Alembic for every command, with the store's connection or on a database that the developer names."""

import os
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from bisectd.store.dialect import engine_for, writer
from bisectd.store.location import database_url
from bisectd.store.store import WAIT
from bisectd.store.tables import Base


def plain_type(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """A revision says what the database holds: it must not change when our own column types do."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def migrate(connection: Connection) -> None:
    """Batch mode: SQLite changes a table by copying it."""
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, render_item=plain_type
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """The developer's `alembic` takes `-x db=URL`, else BISECTD_DB, else the user's own database."""
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    url = database_url(context.get_x_argument(as_dictionary=True).get("db"), os.environ)
    with writer(engine_for(url, WAIT)).begin() as connection:
        migrate(connection)


main()
