# SPDX-License-Identifier: GPL-2.0-or-later
"""A server, asked over HTTP."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from bisectd.client import Document, Submission
from bisectd.domain.errors import LimitReached, MachineError, NotFound, UserError
from bisectd.domain.jobs import Asked, JobKind
from bisectd.domain.names import not_followed

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_TRIES = 4  # of a submission, and of a stream that gives nothing
_PAUSE = 1.0  # seconds before the second try; twice that before the third
_PAGE = 200


class Remote:
    """A `Client` over the REST API. The token stays out of every message."""

    def __init__(self, url: str, token: str | None) -> None:
        try:
            base = httpx.URL(url)
        except httpx.InvalidURL:
            base = httpx.URL("")
        if base.scheme not in {"http", "https"} or not base.host:
            raise UserError(f"server {url} is no http:// or https:// URL")
        if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
            raise UserError("the token holds characters that no token has: see where it was copied from")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._url = f"{base.scheme}://{base.netloc.decode().rpartition('@')[2]}{base.path.rstrip('/')}"
        self._http = httpx.Client(base_url=f"{url.rstrip('/')}/api/v1/", headers=headers, timeout=_TIMEOUT)

    def submit(self, what: Submission) -> Document:
        """See `Client`. Where the connection breaks it is sent again, under the same key: it is one job."""
        headers = {"Idempotency-Key": what.key or str(uuid.uuid4())}
        if what.mail is None:
            return self._sent("jobs", headers, json=_question(what.asked))
        asked = what.asked
        params = {"repository": asked.repository, "target": asked.target, "toolchain": asked.toolchain}
        if asked.number:
            params["patch"] = str(asked.number)
        headers["Content-Type"] = "application/mbox"
        return self._sent("suggestions", headers, content=what.mail, params=params)

    def jobs(self, filters: Mapping[str, str], most: int) -> list[Document]:
        """See `Client`."""
        return self._listed("jobs", filters, most)

    def job(self, number: int) -> Document:
        """See `Client`."""
        return self._asked("GET", f"jobs/{number}")

    def events(self, number: int) -> Iterator[tuple[str, Document]]:
        """See `Client`. A stream that breaks is taken up again where it broke."""
        last, failures = "0", 0
        while True:
            try:
                for name, step, document in self._stream(number, last):
                    last, failures = step, 0
                    yield name, document
                    if name == "end":
                        return
            except httpx.TransportError as error:
                broken = self._unreachable(error)
            except MachineError as error:  # it answers 503 while its database is away
                broken = error
            else:
                broken = MachineError(f"server {self._url} ends the events of job {number} too early")
            failures += 1
            if failures >= _TRIES:
                raise broken
            time.sleep(_PAUSE * 2 ** (failures - 1))

    def cancel(self, number: int) -> Document:
        """See `Client`."""
        return self._asked("POST", f"jobs/{number}/cancel")

    def retry(self, number: int) -> Document:
        """See `Client`."""
        return self._asked("POST", f"jobs/{number}/retry")

    def follow(self, wanted: Document) -> Document:
        """See `Client`."""
        return self._asked("POST", "branches", json=wanted)

    def unfollow(self, repository: str, branch: str) -> Document:
        """See `Client`."""
        followed = {one["name"]: one for one in self._listed("branches", {"repository": repository}, None)}
        if branch not in followed:
            raise UserError(not_followed(repository, branch, followed))
        place = f"branches/{followed[branch]['id']}"
        self._asked("DELETE", place)
        return self._asked("GET", place)

    def regressions(self, filters: Mapping[str, str]) -> list[Document]:
        """See `Client`."""
        return self._listed("regressions", filters, None)

    def regression(self, number: int) -> Document:
        """See `Client`."""
        return self._asked("GET", f"regressions/{number}")

    def repositories(self) -> list[Document]:
        """See `Client`."""
        return sorted(self._listed("repositories", {}, None), key=lambda one: str(one["name"]))

    def add_repository(self, name: str, source: str) -> Document:
        """See `Client`. The server fetches it after it has answered."""
        return self._asked("POST", "repositories", json={"name": name, "source": source})

    def fetch_repository(self, name: str) -> Document:
        """See `Client`. The server does it after it has answered."""
        return self._asked("POST", f"repositories/{quote(name, safe='')}/fetch")

    def remove_repository(self, name: str) -> None:
        """See `Client`."""
        self._asked("DELETE", f"repositories/{quote(name, safe='')}")

    def _listed(self, path: str, filters: Mapping[str, str], most: int | None) -> list[Document]:
        """Page after page, up to `most` items."""
        found: list[Document] = []
        cursor: str | None = None
        while most is None or len(found) < most:
            limit = _PAGE if most is None else min(_PAGE, most - len(found))
            params = {**filters, "limit": str(limit), **({"cursor": cursor} if cursor else {})}
            page = self._asked("GET", path, params=params)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        return found

    def _sent(self, path: str, headers: Mapping[str, str], **options: Any) -> Document:
        for again in range(_TRIES - 1):
            try:
                return self._answer(self._http.post(path, headers=headers, **options))
            except httpx.ConnectError as error:
                raise self._unreachable(error) from None
            except httpx.TransportError:
                time.sleep(_PAUSE * 2**again)
        return self._asked("POST", path, headers=headers, **options)

    def _asked(self, method: str, path: str, **options: Any) -> Document:
        try:
            return self._answer(self._http.request(method, path, **options))
        except httpx.TransportError as error:
            raise self._unreachable(error) from None

    def _stream(self, number: int, last: str) -> Iterator[tuple[str, str, Document]]:
        """Name, id and document of each event."""
        with self._http.stream("GET", f"jobs/{number}/events", headers={"Last-Event-ID": last}) as response:
            if response.status_code != httpx.codes.OK:
                response.read()
                self._answer(response)
            fields: dict[str, str] = {}
            for line in response.iter_lines():
                name, _, value = line.partition(":")
                if name:
                    fields[name] = value.removeprefix(" ")
                elif not line:
                    if "data" in fields:
                        yield fields["event"], fields["id"], json.loads(fields["data"])
                    fields = {}

    def _answer(self, response: httpx.Response) -> Document:
        """The document, {} where there is nothing to say; the error that a problem says."""
        if response.status_code == httpx.codes.NO_CONTENT:
            return {}
        try:
            document = response.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise UserError(
                f"server {self._url} answers {response.status_code}, and not as bisectd does: "
                "is the URL right?"
            )
        if response.is_success:
            return document
        raise self._error(response.status_code, str(document.get("detail", response.reason_phrase)))

    def _error(self, status: int, detail: str) -> Exception:
        kinds = {httpx.codes.NOT_FOUND: NotFound, httpx.codes.TOO_MANY_REQUESTS: LimitReached}
        if status == httpx.codes.UNAUTHORIZED:
            return UserError(
                f"server {self._url} wants a valid token: "
                "set BISECTD_TOKEN, or name its file with --token-file"
            )
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return MachineError(f"server {self._url} failed: {detail}")
        return kinds.get(httpx.codes(status), UserError)(detail)

    def _unreachable(self, error: httpx.TransportError) -> MachineError:
        return MachineError(f"server {self._url} cannot be reached: {error or type(error).__name__}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()


def _question(asked: Asked) -> dict[str, Any]:
    common = {
        "kind": asked.kind.value,
        "repository": asked.repository,
        "target": asked.target,
        "toolchain": asked.toolchain,
    }
    if asked.kind is JobKind.SUGGEST:
        return {**common, "commit": asked.bad}
    return {**common, "probe": asked.probe, "goods": list(asked.goods), "bad": asked.bad}
