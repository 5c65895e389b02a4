# SPDX-License-Identifier: GPL-2.0-or-later
"""The embedded server's own clock: what a broker's beat does where there is one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bisectd.services.schedule import run_due
from bisectd.settings import Settings
from bisectd.store.store import Store
from workers.logs import Reach


@contextmanager
def scheduler(store: Store, settings: Settings) -> Iterator[None]:
    """Do what is due, in the background, for as long as the block lasts."""
    stopping = threading.Event()
    database = Reach("the database")

    def run() -> None:
        while not stopping.wait(settings.sweep):
            database.attempt(lambda: run_due(store, settings))

    thread = threading.Thread(target=run, daemon=True, name="scheduler")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(1)  # a fetch may take long, and can be cut off
