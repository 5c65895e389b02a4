# SPDX-License-Identifier: GPL-2.0-or-later
"""Those who are told: an HTTP server and a mail server on loopback that keep what they are sent."""

import asyncio
import email
import email.policy
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass(frozen=True)
class Received:
    """One POST."""

    path: str
    headers: dict[str, str]
    data: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.data)

    def verified(self, secret: str) -> bool:
        """As docs/tracking.md tells receivers to do it."""
        found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", self.headers["X-Bisectd-Signature"])
        if found is None:
            return False
        expected = hmac.new(secret.encode(), found[1].encode() + b"." + self.data, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, found[2])


class WebSink(ThreadingHTTPServer):
    """Answers 204, or first what `answers` has; to 3xx it adds a Location on itself."""

    def __init__(self, answers: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.received: list[Received] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: WebSink

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(Received(self.path, dict(self.headers), data))
        code = self.server.answers.pop(0) if self.server.answers else 204
        self.send_response(code)
        if 300 <= code < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - the name in the base class

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Say nothing."""


@contextmanager
def web_sink(*answers: int) -> Iterator[WebSink]:
    with WebSink(list(answers)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@dataclass
class MailSink:
    """What was mailed."""

    received: list[EmailMessage] = field(default_factory=list)
    url: str = ""
    passwords: list[bytes] = field(default_factory=list)  # that it was told

    def authenticate(self, *args: Any) -> AuthResult:
        """Let everybody in."""
        given = args[-1]
        assert isinstance(given, LoginPassword)
        self.passwords.append(given.password)
        return AuthResult(success=True)

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802
        self.received.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


class _AnyPort(Controller):
    """On a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = cast("asyncio.Server", self.server).sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mail_sink(*, smtps: SSLContext | None = None, starttls: SSLContext | None = None) -> Iterator[MailSink]:
    """`smtps`: TLS from the beginning; `starttls`: offered. Everybody may log in."""
    sink = MailSink()
    controller = _AnyPort(
        sink,
        hostname="127.0.0.1",
        port=0,
        ssl_context=smtps,
        tls_context=starttls,
        authenticator=sink.authenticate,
        auth_require_tls=False,
    )
    controller.start()
    try:
        sink.url = f"{'smtps' if smtps else 'smtp'}://127.0.0.1:{controller.port}"
        yield sink
    finally:
        controller.stop()
