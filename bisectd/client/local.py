# SPDX-License-Identifier: GPL-2.0-or-later
"""The service without a server: the store of this machine, where `bisectd worker` finds what is queued."""

import getpass
import os
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

from bisectd.client import Document, Submission
from bisectd.domain.errors import UserError
from bisectd.domain.jobs import JobKind, JobState
from bisectd.domain.tracking import RegressionState
from bisectd.services import documents, jobs, mirrors, regressions
from bisectd.services.database import opened
from bisectd.services.follow import follow_from_now, unfollow
from bisectd.services.watching import Watch
from bisectd.settings import Settings
from bisectd.store.branches import Followed
from bisectd.store.jobs import Filter
from bisectd.store.regressions import Filter as RegressionFilter

_PAUSE = 0.2  # seconds between two looks at a job that is followed


class Local:
    """A `Client` of whoever may open the database: its administrator."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = opened(settings)

    def submit(self, what: Submission) -> Document:
        """See `Client`."""
        submission = jobs.Submission(what.asked, what.mail, what.key)
        return documents.whole_job(jobs.submit(self._store, self._settings, _user(), submission))

    def jobs(self, filters: Mapping[str, str], most: int) -> list[Document]:
        """See `Client`."""
        state, kind = filters.get("state"), filters.get("kind")
        which = Filter(
            JobState(state) if state else None, filters.get("user"), JobKind(kind) if kind else None
        )
        with self._store.read() as tx:
            return [documents.job_in_list(job) for job in tx.jobs.page(which, None, most)]

    def job(self, number: int) -> Document:
        """See `Client`."""
        with self._store.read() as tx:
            return documents.whole_job(tx.jobs.get(number))

    def events(self, number: int) -> Iterator[tuple[str, Document]]:
        """See `Client`."""
        watch = Watch(self._store, number)
        while True:
            yield from ((event.name, event.document) for event in watch.look())
            if watch.ended:
                return
            time.sleep(_PAUSE)

    def cancel(self, number: int) -> Document:
        """See `Client`."""
        return documents.whole_job(jobs.cancel(self._store, number))

    def retry(self, number: int) -> Document:
        """See `Client`."""
        return documents.whole_job(jobs.retry(self._store, self._settings, number))

    def follow(self, wanted: Document) -> Document:
        """See `Client`."""
        probes, targets = tuple(wanted["probes"] or ()), tuple(wanted["targets"] or ())
        followed = Followed(wanted["name"], probes, targets, wanted["toolchain"], wanted["since"] or "")
        branch = follow_from_now(self._store, self._settings.data, wanted["repository"], followed)
        return documents.branch(branch)

    def unfollow(self, repository: str, branch: str) -> Document:
        """See `Client`."""
        return documents.branch(unfollow(self._store, repository, branch))

    def regressions(self, filters: Mapping[str, str]) -> list[Document]:
        """See `Client`."""
        state = filters.get("state")
        wanted = RegressionFilter(RegressionState(state) if state else None)
        found = regressions.regressions(self._store, wanted, None, None)
        return [regressions.listed_as_json(one) for one in found]

    def regression(self, number: int) -> Document:
        """See `Client`."""
        return regressions.whole_as_json(regressions.whole(self._store, number))

    def repositories(self) -> list[Document]:
        """See `Client`."""
        with self._store.read() as tx:
            return [documents.repository(one, to_administrator=True) for one in tx.repositories.all()]

    def add_repository(self, name: str, source: str) -> Document:
        """See `Client`."""
        mirrors.register(self._store, self._settings.data, name, source)
        return self._repository(name)

    def fetch_repository(self, name: str) -> Document:
        """See `Client`."""
        with self._store.read() as tx:
            found = tx.repositories.named(name)
        if not found.mirrored:
            raise UserError(f"repository {name} is read in place: there is nothing to fetch")
        mirrors.fetch(self._store, self._settings.data, found)
        return self._repository(name)

    def remove_repository(self, name: str) -> None:
        """See `Client`."""
        mirrors.remove(self._store, self._settings.data, name)

    def _repository(self, name: str) -> Document:
        with self._store.read() as tx:
            return documents.repository(tx.repositories.named(name), to_administrator=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()


def _user() -> str:
    """Who asks: the user of this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"user {os.getuid()}"
