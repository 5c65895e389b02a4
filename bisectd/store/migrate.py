# SPDX-License-Identifier: GPL-2.0-or-later
"""Alembic, run from the program, with no alembic.ini. Imported only when there is something to migrate."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import migrations


def known() -> frozenset[str]:
    """Every revision this bisectd knows."""
    return frozenset(script.revision for script in _scripts().walk_revisions())


def head() -> str | None:
    """The newest revision in migrations/versions."""
    return _scripts().get_current_head()


def upgrade(connection: Connection) -> None:
    """To head, in the caller's transaction: all of it or nothing."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])).replace("%", "%%"))
    return config
