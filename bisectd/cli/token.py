# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd token`: who may use the API, and for what."""

import json
import time
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bisectd.cli import options
from bisectd.cli.text import minute, plain
from bisectd.domain.errors import UserError
from bisectd.domain.jobs import Token
from bisectd.domain.records import LARGEST
from bisectd.services import tokens
from bisectd.services.database import opened
from bisectd.settings import settings

_LONGEST = 200


@click.group("token", short_help="Make and revoke tokens for the API.")
def token_command() -> None:
    """Make, list and revoke bearer tokens, in the server's database."""


@token_command.command("create")
@click.argument("user")
@click.option(
    "--scope", type=click.Choice(tokens.SCOPES), default="submit", show_default=True, help="What it may do."
)
@click.option(
    "--days", metavar="N", type=float, help=f"When it ends, up to {tokens.MOST_DAYS}; default: never."
)
@options.database
@options.as_json
def create_command(user: str, scope: str, days: float | None, db: str | None, as_json: bool) -> None:
    """Make a token for USER and print it: it is shown this once, and stored nowhere.

    read: see everything; submit: that, and submit jobs and change one's own; admin: that, for all jobs, and
    register repositories.
    """
    if not user.isprintable() or not 0 < len(user) <= _LONGEST:
        raise UserError(f"a user is 1 to {_LONGEST} printable characters")
    with opened(settings(db=db)) as store:
        token, secret = tokens.make(store, user, scope, days)
    if as_json:
        click.echo(json.dumps({**_document(token), "token": secret}, indent=2))
        return
    click.echo(
        f"token {token.id} of {user} may {' and '.join(sorted(token.scopes))}; it is shown only now:",
        err=True,
    )
    click.echo(secret)


@token_command.command("list")
@options.database
@options.as_json
def list_command(db: str | None, as_json: bool) -> None:
    """List the tokens that were ever made, without what makes them work."""
    with opened(settings(db=db)) as store:
        found = tokens.listed(store)
    if as_json:
        click.echo(json.dumps([_document(token) for token in found], indent=2))
        return
    table = Table("token", "user", "scopes", "made", "state", box=None)
    for token in found:
        scopes = [scope for scope in tokens.SCOPES if scope in token.scopes]
        table.add_row(
            str(token.id), plain(token.user), " ".join(scopes), minute(token.created), _state(token)
        )
    Console().print(table)


@token_command.command("revoke")
@click.argument("token", metavar="ID", type=click.IntRange(1, LARGEST))
@options.database
def revoke_command(token: int, db: str | None) -> None:
    """Take a token back: from now on nobody can use it."""
    with opened(settings(db=db)) as store:
        tokens.revoke(store, token)
    click.echo(f"token {token} is revoked")


def _document(token: Token) -> dict[str, Any]:
    return {**asdict(token), "scopes": [one for one in tokens.SCOPES if one in token.scopes]}


def _state(token: Token) -> str:
    if token.revoked is not None:
        return f"revoked {minute(token.revoked)}"
    if token.expires is None:
        return "valid"
    return f"{'valid until' if token.expires > time.time() else 'expired'} {minute(token.expires)}"
