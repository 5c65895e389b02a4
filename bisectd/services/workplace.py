# SPDX-License-Identifier: GPL-2.0-or-later
"""What a worker process keeps open between tasks."""

import logging
from collections import OrderedDict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from bisectd.domain.errors import MachineError
from bisectd.domain.evaluation import Setup
from bisectd.history import Repository
from bisectd.kernel import toolchain
from bisectd.services import mirrors
from bisectd.services.desk import Desk
from bisectd.services.offers import offers
from bisectd.settings import Settings
from bisectd.store.store import Store

_log = logging.getLogger(__name__)
_DESKS = 4  # repositories and compilers that one process keeps at hand, with their open header folders


class Workplace:
    """One a process. Close it: its desks own scratch folders."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.fetching = False  # which takes as long as it takes, and is no task's fault
        self._places: dict[str, str] = {}
        self._desks: OrderedDict[tuple[str, str], Desk] = OrderedDict()

    @cached_property
    def offers(self) -> dict[str, str]:
        """Toolchain name → offer. Asked of the compilers once: one that is replaced wants new workers."""
        found = offers()
        if not found:
            raise MachineError("no compiler is installed here: see bisectd doctor")
        return found

    def desk(self, repository: str, toolchain_name: str, commits: Iterable[str]) -> Desk:
        """A desk for work on commits of a repository, whose tags it sees as they are now.

        It stays this workplace's. Where this machine's mirror lacks one of the commits it is fetched.
        """
        key = repository, toolchain_name
        if key not in self._desks:
            opened = Repository.open(self.place(repository), repository)
            self._desks[key] = Desk(opened, self.store, toolchain.find(toolchain_name))
        self._desks.move_to_end(key)
        while len(self._desks) > _DESKS:
            self._desks.popitem(last=False)[1].close()
        desk = self._desks[key]
        if not all(map(desk.repository.has, commits)):
            self._fetch(repository)
        desk.repository.refresh()
        return desk

    def place(self, repository: str) -> str:
        """Where a registered repository lies on this machine. A mirror that is not here yet is fetched."""
        if repository not in self._places:
            with self.store.read() as tx:
                found = tx.repositories.named(repository)
            folder = mirrors.place(self.settings.data, found)
            if not folder.exists():
                self._fetch(repository)
            self._places[repository] = str(folder)
        return self._places[repository]

    def _fetch(self, repository: str) -> None:
        with self.store.read() as tx:
            found = tx.repositories.named(repository)
        self.fetching = True
        try:
            mirrors.fetch(self.store, self.settings.data, found)
        except MachineError as error:
            _log.warning("repository %s: %s", repository, error)
            raise MachineError(f"repository {repository} cannot be fetched: {mirrors.ASK}") from None
        finally:
            self.fetching = False

    def setup(self, asked: dict[str, Any]) -> Setup:
        """What a task's payload names, as evaluations on this machine know it."""
        return Setup(
            repository=self.place(asked["repository"]),
            probe=asked["probe"],
            target=asked["target"],
            toolchain=asked["toolchain"],
            database=self.store.url,
        )

    def close(self) -> None:
        """Remove all scratch folders. The store stays the caller's."""
        while self._desks:
            self._desks.popitem()[1].close()
