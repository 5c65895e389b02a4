# SPDX-License-Identifier: GPL-2.0-or-later
"""Registered repositories, kept open for reading by many threads."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bisectd.domain.commit import Commit
from bisectd.domain.errors import BisectdError
from bisectd.domain.jobs import Registered
from bisectd.history import Repository
from bisectd.services import mirrors
from bisectd.store.store import Store

_MOST = 8  # repositories that are open at once


@dataclass
class _Open:
    repository: Repository
    lock: threading.Lock = field(default_factory=threading.Lock)


class Readers:
    """One a process. A repository is read by one thread at a time."""

    def __init__(self, store: Store, data: Path) -> None:
        self._store = store
        self._data = data
        self._lock = threading.Lock()
        self._open: OrderedDict[Path, _Open] = OrderedDict()

    @contextmanager
    def reading(self, name: str) -> Iterator[Repository]:
        """A registered repository. NotFound for a name that is not registered."""
        with self._store.read() as tx:
            registered = tx.repositories.named(name)
        found = self._opened(registered)
        with found.lock:
            yield found.repository

    def commits(self, name: str, wanted: Iterable[str]) -> Mapping[str, Commit]:
        """Those of the commits that the repository has; none where it cannot be read."""
        found: dict[str, Commit] = {}
        with suppress(BisectdError), self.reading(name) as repository:
            for commit in wanted:
                with suppress(BisectdError):
                    found[commit] = repository.commit(commit)
        return found

    def _opened(self, registered: Registered) -> _Open:
        place = mirrors.place(self._data, registered)
        with self._lock:
            if place not in self._open:
                self._open[place] = _Open(mirrors.opened(self._data, registered))
            self._open.move_to_end(place)
            while len(self._open) > _MOST:
                self._open.popitem(last=False)
            return self._open[place]
