# SPDX-License-Identifier: GPL-2.0-or-later
"""Bringing a database to this schema. Most starts have nothing to do and never load Alembic."""

from sqlalchemy import Connection, Engine, inspect, text

from bisectd.domain.errors import UserError
from bisectd.store.dialect import MIGRATION, lock, prepare_file, writer

HEAD = "0007"  # the newest revision in migrations/versions


def bring_up_to_date(engine: Engine, name: str, wait: float) -> None:
    """Migrate to HEAD unless there already. UserError for a newer schema or somebody else's database.

    It looks in a transaction that could write, so that a read-only database fails now and not after an hour.
    """
    writing = writer(engine)
    with writing.begin() as connection:
        if _ready(connection, name):
            return
    prepare_file(engine, wait)
    with writing.begin() as connection:
        lock(connection, MIGRATION)
        if not _ready(connection, name):  # another process may have been quicker
            _upgrade(connection)


def revision(connection: Connection) -> str | None:
    """What alembic_version says; None where there is no such table."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _ready(connection: Connection, name: str) -> bool:
    found = revision(connection)
    if found is None and inspect(connection).get_table_names():
        found = revision(connection)  # another process may have made them all since the first look
        if found is None:
            raise UserError(
                f"database {name} belongs to another program: name another with --db or BISECTD_DB"
            )
    if found not in {None, HEAD} and found not in _known():
        raise UserError(
            f"database {name} was written by a newer bisectd (schema {found}): "
            "upgrade bisectd or name another with --db"
        )
    return found == HEAD


def _known() -> frozenset[str]:
    from bisectd.store import migrate  # noqa: PLC0415  Alembic takes 100 ms to import

    return migrate.known()


def _upgrade(connection: Connection) -> None:
    from bisectd.store import migrate  # noqa: PLC0415

    migrate.upgrade(connection)
