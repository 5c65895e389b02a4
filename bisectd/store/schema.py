# SPDX-License-Identifier: GPL-2.0-or-later
"""Bringing a database to this schema. Most starts have nothing to do and never load Alembic."""

from sqlalchemy import Connection, Engine, inspect, text

from bisectd.domain.errors import UserError
from bisectd.store.dialect import lock_for_migration, prepare_file

HEAD = "0001"  # the newest revision in migrations/versions


def bring_up_to_date(engine: Engine, name: str, wait: float) -> None:
    """Migrate to HEAD unless there already. UserError for a newer schema or somebody else's database."""
    with engine.connect() as connection:
        if revision(connection) == HEAD:
            return
    prepare_file(engine, wait)
    with engine.execution_options(writes=True).begin() as connection:
        lock_for_migration(connection)
        _migrate(connection, name)


def revision(connection: Connection) -> str | None:
    """What alembic_version says; None where there is no such table."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _migrate(connection: Connection, name: str) -> None:
    from bisectd.store.migrate import known, upgrade  # noqa: PLC0415  Alembic costs 100 ms to import

    found = revision(connection)
    if found is None and inspect(connection).get_table_names():
        raise UserError(f"database {name} belongs to another program: name another with --db or BISECTD_DB")
    if found is not None and found not in known():
        raise UserError(
            f"database {name} was written by a newer bisectd (schema {found}): "
            "upgrade bisectd or name another with --db"
        )
    upgrade(connection)
