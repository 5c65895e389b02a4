# SPDX-License-Identifier: GPL-2.0-or-later
"""Where jobs are kept: on a server, or in the store of this machine."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bisectd.cli import options
from bisectd.client import Client
from bisectd.domain.errors import UserError
from bisectd.settings import settings

F = TypeVar("F", bound=Callable[..., Any])

_server = click.option(
    "--server", metavar="URL", help="Server to ask; default: BISECTD_SERVER, else the database."
)
_token_file = click.option(
    "--token-file", metavar="FILE", help="File with the server's token; default: what BISECTD_TOKEN holds."
)


def where(command: F) -> F:
    """Which server, or which database."""
    return _server(_token_file(options.database(command)))


def connected(server: str | None, token_file: str | None, db: str | None) -> Client:
    """The service that the options name. --db goes before BISECTD_SERVER."""
    if server and db:
        raise UserError("--server and --db name two places: leave one out")
    url = server or (None if db else os.environ.get("BISECTD_SERVER"))
    if url:
        from bisectd.client.remote import Remote  # noqa: PLC0415  whoever asks a server needs no database

        return Remote(url, _token(token_file))
    from bisectd.client.local import Local  # noqa: PLC0415  nor the other way round an HTTP client

    return Local(settings(db=db))


def _token(file: str | None) -> str | None:
    """The token. It is no option's value: those can be seen by everybody on the machine."""
    if file is None:
        return os.environ.get("BISECTD_TOKEN") or None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read the token in {file}: {error}") from None
