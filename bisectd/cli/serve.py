# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd serve` and `bisectd worker`."""

import os
from contextlib import ExitStack

import click
import uvicorn

from bisectd.cli import options
from bisectd.settings import Settings, settings
from bisectd.store.location import database_url
from bisectd.store.store import Store
from bisectd.web.app import create_app
from workers.polling import Crew, crew

_GRACE = 5  # seconds that open streams of events get when the server stops

broker = click.option(
    "--broker", metavar="URL", help="Redis that carries messages; none: workers ask the database."
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8377, show_default=True, type=click.IntRange(0, 65535), help="Port.")
@options.database
@broker
@options.jobs
def serve_command(host: str, port: int, db: str | None, broker: str | None, jobs: int) -> None:
    """Serve the dashboard and the API.

    Alone it is the whole service: web server, database (SQLite) and --jobs worker processes. With --broker
    the work is done by `bisectd worker` processes, on any machine.
    """
    told = _settings(db, broker)
    with ExitStack() as stack:
        store = stack.enter_context(opened(told))
        if told.broker is None:
            stack.enter_context(crew(store, told, jobs))
        app = create_app(store, told)
        click.echo(f"bisectd serves http://{host}:{port} from {store.name}", err=True)
        uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=_GRACE)


@click.command()
@options.database
@broker
@options.jobs
def worker_command(db: str | None, broker: str | None, jobs: int) -> None:
    """Do the tasks of submitted jobs, in --jobs processes, until interrupted."""
    told = _settings(db, broker)
    with opened(told) as store:
        members = Crew(store, told, jobs)
        click.echo(f"bisectd works with {jobs} processes for {store.name}", err=True)
        try:
            members.run()
        finally:
            members.stop()


def opened(told: Settings) -> Store:
    """The database that the settings name."""
    return Store.open(database_url(told.db.get_secret_value() if told.db else None, os.environ))


def _settings(db: str | None, broker: str | None) -> Settings:
    return settings(db=db, broker=broker)
