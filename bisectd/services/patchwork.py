# SPDX-License-Identifier: GPL-2.0-or-later
"""Patchwork's REST API, as far as a check needs it: read a patch, post a check.

https://patchwork.readthedocs.io/en/latest/api/rest/; checks are pending, success, warning or fail.
"""

import http.client
import json
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from bisectd.domain.errors import MachineError, UserError
from bisectd.services.cure import Effect
from bisectd.services.suggestion import Suggestion
from bisectd.suggest.mail import LONGEST

TOKEN = "BISECTD_PATCHWORK_TOKEN"  # noqa: S105 - the variable's name
CONTEXT = "bisectd"
_TIMEOUT = 60.0  # seconds
_LONGEST_DESCRIPTION = 255  # characters; Patchwork's own limit is that of its database
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_REFUSED = {
    401: "the token is not accepted",
    403: f"posting needs a maintainer's API token in {TOKEN}",
    404: "there is no such patch",
}

State = Literal["success", "warning", "fail"]


@dataclass(frozen=True)
class Check:
    """What is posted."""

    state: State
    description: str
    target_url: str = ""
    context: str = CONTEXT


class Patchwork:
    """One server. The token goes to this server only, never into a message, and never over plain HTTP."""

    def __init__(self, url: str, token: str) -> None:
        self._url = _split(url)
        self._token = token
        if self._url.scheme == "http" and self._url.hostname not in _LOOPBACK:
            raise UserError(f"{url}: an API token must not travel over plain HTTP: name the https:// address")

    def patch(self, number: int) -> bytes:
        """The mbox of a patch."""
        found = self._json("GET", f"/api/patches/{number}/")
        address = _split(str(found.get("mbox", "")))
        # The token is not sent along, but neither may a reply send us to some other machine.
        if (address.hostname, address.port) != (self._url.hostname, self._url.port):
            raise MachineError(
                "the server names an mbox on another server: fetch it, and use bisectd suggest"
            )
        return self._ask("GET", address.path + (f"?{address.query}" if address.query else ""), rooted=True)

    def post(self, number: int, check: Check) -> None:
        """Post a check. UserError where the server refuses it."""
        values = {
            "state": check.state,
            "context": check.context,
            "description": check.description[:_LONGEST_DESCRIPTION],
            "target_url": check.target_url,
        }
        self._json("POST", f"/api/patches/{number}/checks/", {key: one for key, one in values.items() if one})

    def _json(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            found = json.loads(self._ask(method, path, body))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise MachineError(f"{self._url.hostname} does not answer as Patchwork's API does: see the URL")
        return found

    def _ask(
        self, method: str, path: str, body: dict[str, str] | None = None, *, rooted: bool = False
    ) -> bytes:
        """One request on a connection of its own; redirections are not followed."""
        kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=_TIMEOUT)
        headers = {"Accept": "*/*", "User-Agent": "bisectd"}
        if method == "POST":
            headers |= {"Content-Type": "application/json", "Authorization": f"Token {self._token}"}
        try:
            where = path if rooted else self._url.path.rstrip("/") + path
            connection.request(method, where, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            data = response.read(LONGEST + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise MachineError(f"{self._url.hostname} cannot be asked: {error}") from None
        finally:
            connection.close()
        if response.status >= http.client.MULTIPLE_CHOICES:
            self._refuse(response.status)
        return data

    def _refuse(self, status: int) -> None:
        if status >= http.client.INTERNAL_SERVER_ERROR:
            raise MachineError(f"{self._url.hostname} failed ({status}): try again later")
        reason = _REFUSED.get(status, "see the URL and the number of the patch")
        raise UserError(f"{self._url.hostname} refused it ({status}): {reason}")


def check_of(suggestion: Suggestion, target_url: str = "") -> Check:
    """What to post: fail where a probe turns BAD, warning where the message lacks something, else success."""
    broken = suggestion.having(Effect.BROKEN)
    if broken:
        names = ", ".join(dict.fromkeys(one.setup.probe for one in broken))
        return Check("fail", f"turns from GOOD to BAD: {names}", target_url)
    if suggestion.remarks:
        types = ", ".join(dict.fromkeys(remark.type for remark in suggestion.remarks))
        lines = "; ".join(suggestion.additions)
        return Check("warning", f"{types}{f' - add {lines}' if lines else ''}", target_url)
    cured = dict.fromkeys(one.setup.probe for one in suggestion.having(Effect.CURED))
    return Check("success", f"cures {', '.join(cured)}" if cured else "no probe is concerned", target_url)


def _split(url: str) -> SplitResult:
    try:
        found = urlsplit(url)
        usable = found.scheme in {"http", "https"} and bool(found.hostname) and found.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UserError(f"{url!r} is no address of a server: write https://patchwork.example.org")
    return found
