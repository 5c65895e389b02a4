# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd hook`."""

import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bisectd.cli import options
from bisectd.cli.text import minute, plain
from bisectd.domain.errors import UserError
from bisectd.domain.records import LARGEST
from bisectd.domain.tracking import EVENTS, Hook
from bisectd.services.database import opened
from bisectd.services.hooks import Delivered, add_mail, add_webhook, deliver
from bisectd.settings import settings
from bisectd.store.store import Store

SCHEMA = "bisectd.hooks/1"


def _open(db: str | None) -> Store:
    return opened(settings(db=db))


@click.group()
def hook_command() -> None:
    """Tell others of regressions and jobs, by webhook or mail."""


@hook_command.command("add")
@click.option("--webhook", metavar="URL", help="Where to POST to.")
@click.option("--mail", metavar="ADDRESS", help="Whom to write to.")
@click.option(
    "--event", "events", metavar="NAME", multiple=True, help=f"May repeat; default all: {', '.join(EVENTS)}."
)
@options.database
@options.as_json
def add_command(
    webhook: str | None, mail: str | None, events: tuple[str, ...], db: str | None, as_json: bool
) -> None:
    """Add a webhook or a mail address. A webhook's secret is shown now and never again."""
    if (webhook is None) == (mail is None):
        raise UserError("name one of --webhook URL and --mail ADDRESS")
    with _open(db) as store:
        hook = add_webhook(store, webhook, events) if webhook else add_mail(store, mail or "", events)
    if as_json:
        shown = {"schema": SCHEMA, **_as_json(hook), **({"secret": hook.secret} if hook.secret else {})}
        click.echo(json.dumps(shown, indent=2))
        return
    click.echo(plain(f"hook {hook.id}: {hook.kind.value} {hook.address}"))
    if hook.secret:
        click.echo(f"secret: {hook.secret}")


@hook_command.command("list")
@options.database
@options.as_json
def list_command(db: str | None, as_json: bool) -> None:
    """List the hooks, with what could not be delivered."""
    with _open(db) as store, store.read() as tx:
        rows = [_as_json(hook) | vars(tx.hooks.backlog(hook.id)) for hook in tx.hooks.all()]
    if as_json:
        click.echo(json.dumps({"schema": SCHEMA, "hooks": rows}, indent=2))
        return
    table = Table("id", "kind", "address", "events", "waiting", "failed", "next try", "error", box=None)
    for row in rows:
        cells = (
            row["kind"],
            row["address"],
            " ".join(row["events"]),
            row["waiting"],
            row["failed"],
            minute(row["next"]) if row["next"] and row["error"] else "",
            row["error"] or "",
        )
        table.add_row(str(row["id"]), *(Text(plain(str(cell))) for cell in cells))
    Console().print(table)


@hook_command.command("remove")
@click.argument("number", metavar="ID", type=click.IntRange(1, LARGEST))
@options.database
def remove_command(number: int, db: str | None) -> None:
    """Remove a hook, and what was not delivered to it yet."""
    with _open(db) as store, store.begin() as tx:
        if not tx.hooks.remove(number):
            raise UserError(f"there is no hook {number}: `bisectd hook list` lists them")


@hook_command.command("deliver")
@options.database
def deliver_command(db: str | None) -> None:
    """Deliver what is due; a server does so by itself, and `bisectd follow` at its end."""
    with _open(db) as store:
        tell_how(deliver(store, settings(db=db)))


def tell_how(done: Delivered) -> None:
    """How a round of deliveries went, on standard error; nothing where there was nothing to deliver."""
    if done.delivered:
        click.echo(f"{done.delivered} messages delivered", err=True)
    if done.retried:
        click.echo(f"{done.retried} messages not taken: they are tried again (bisectd hook list)", err=True)
    for line in done.failed:
        click.echo(plain(line), err=True)


def _as_json(hook: Hook) -> dict[str, Any]:
    return {"id": hook.id, "kind": hook.kind.value, "address": hook.address, "events": list(hook.events)}
