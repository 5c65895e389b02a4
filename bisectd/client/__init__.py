# SPDX-License-Identifier: GPL-2.0-or-later
"""The service as commands meet it: a server that is asked by HTTP, or the local store, by one protocol."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from bisectd.domain.jobs import Asked

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Submission:
    """What somebody wants to know. `mail`: the fix that is no commit. `key`: what the client calls it."""

    asked: Asked
    mail: bytes | None = None
    key: str | None = None


class Client(Protocol):
    """Documents are those of the API, whoever answers (docs/api.md)."""

    def submit(self, what: Submission) -> Document:
        """Queue a job."""

    def jobs(self, filters: Mapping[str, str], most: int) -> list[Document]:
        """Up to `most` jobs, the newest first. `filters`: some of state, user, kind."""

    def job(self, number: int) -> Document:
        """One, with its result once there is one."""

    def events(self, number: int) -> Iterator[tuple[str, Document]]:
        """What it comes to know, as it does: steps, the job when it changes, at last its end."""

    def cancel(self, number: int) -> Document:
        """End a job."""

    def retry(self, number: int) -> Document:
        """Take up again a job that has ended."""

    def follow(self, wanted: Document) -> Document:
        """Follow a branch of a registered repository from now on: repository, name, probes and so on."""

    def unfollow(self, repository: str, branch: str) -> Document:
        """Follow a branch no longer. What was learned of it stays."""

    def regressions(self, filters: Mapping[str, str]) -> list[Document]:
        """Those of followed branches, the newest first. `filters`: perhaps the state."""

    def regression(self, number: int) -> Document:
        """One in full."""

    def repositories(self) -> list[Document]:
        """The repositories that jobs may name."""

    def add_repository(self, name: str, source: str) -> Document:
        """Register one, and fetch it where it is a URL."""

    def fetch_repository(self, name: str) -> Document:
        """Bring a mirror up to date."""

    def remove_repository(self, name: str) -> None:
        """Let no job name it any more; its mirror is deleted. What was learned of it stays."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
