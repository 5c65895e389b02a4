# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd serve`, `bisectd worker` and `bisectd beat`."""

import importlib
import os
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from types import ModuleType

import click
import uvicorn

from bisectd.cli import options
from bisectd.domain.errors import MachineError, UserError
from bisectd.services.database import opened
from bisectd.settings import Settings, settings
from bisectd.store.store import Store
from bisectd.web.app import create_app
from workers.logs import to_stderr
from workers.polling import Crew, crew
from workers.scheduler import scheduler

_BACKLOG = 2048  # connections that wait to be accepted
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
    to_stderr()
    signal.signal(signal.SIGTERM, _ignored)  # uvicorn, which handles it, would kill this process afterwards
    with ExitStack() as stack:
        listening = _listening(host, port)
        for one in listening:
            stack.enter_context(one)
        store = stack.enter_context(opened(told))
        if told.broker is None:
            stack.enter_context(crew(store, told, jobs))
            stack.enter_context(scheduler(store, told))
        app = create_app(store, told, _publisher(store, told))
        port = listening[0].getsockname()[1]
        click.echo(f"bisectd serves http://{host}:{port} from {store.name}", err=True)
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=_GRACE)
        with suppress(KeyboardInterrupt):  # it has ended in good order
            uvicorn.Server(config).run(listening)


@click.command(short_help="Do the tasks of submitted jobs.")
@options.database
@broker
@options.jobs
def worker_command(db: str | None, broker: str | None, jobs: int) -> None:
    """Do the tasks of submitted jobs, in --jobs processes, until interrupted."""
    told = _settings(db, broker)
    to_stderr()
    with opened(told) as store:
        click.echo(f"bisectd works with {jobs} processes for {store.name}", err=True)
        if told.broker is None:
            _poll(store, told, jobs)
            return
        url = store.url
    celery().work(url, told, jobs)


@click.command(short_help="Send the workers of a broker what is due again and again.")
@broker
def beat_command(broker: str | None) -> None:
    """Send what is due again and again to the workers of a broker, until interrupted. One is enough.

    It looks for lost tasks and messages; a server without a broker does so by itself.
    """
    told = _settings(None, broker)
    to_stderr()
    if told.broker is None:
        raise UserError("beat needs a broker: name it with --broker or BISECTD_BROKER")
    celery().beat(told)


def _listening(host: str, port: int) -> list[socket.socket]:
    """The port of every address of the host, taken before anything else is begun. They listen already."""
    made: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, address in dict.fromkeys((family, place[0]) for family, *_, place in found):
            made.append(socket.create_server((str(address), port), family=family, backlog=_BACKLOG))
            port = made[0].getsockname()[1]  # where it was 0
    except (OSError, UnicodeError) as error:
        for one in made:
            one.close()
        number = getattr(error, "errno", None) or 0
        reason = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or error
        raise MachineError(f"cannot listen on {host}:{port}: {reason}") from None
    return made


def celery() -> ModuleType:
    """Imported where there is a broker: it takes a third of a second."""
    return importlib.import_module("workers.broker")


def _publisher(store: Store, told: Settings) -> Callable[[], None]:
    if told.broker is None:
        return lambda: None  # workers look into the database by themselves
    publish: Callable[[], None] = celery().publisher(store, told)
    return publish


def _poll(store: Store, told: Settings, jobs: int) -> None:
    members = Crew(store, told, jobs)
    signal.signal(signal.SIGTERM, lambda *_: members.leave())
    members.run()


def _ignored(*_: object) -> None:
    """The signal has done its work."""


def _settings(db: str | None, broker: str | None) -> Settings:
    return settings(db=db, broker=broker)
