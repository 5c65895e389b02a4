# SPDX-License-Identifier: GPL-2.0-or-later
"""A small HTTP server on loopback that answers as Patchwork's REST API does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - of the server in this file
STATES = {"pending", "success", "warning", "fail"}


class Server(ThreadingHTTPServer):
    """Patches by number, and the checks that were posted."""

    def __init__(self, patches: dict[int, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.patches = patches
        self.checks: list[dict[str, Any]] = []
        self.seen: list[tuple[str, str, str | None]] = []  # method, path, Authorization

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self._note()
        parts = self.path.strip("/").split("/")
        number = int(parts[2] if parts[:2] == ["api", "patches"] else parts[1])
        if number not in self.server.patches:
            self._answer(404, {"detail": "Not found."})
        elif parts[0] == "api":
            self._answer(200, {"id": number, "mbox": f"{self.server.url}/patch/{number}/mbox/"})
        else:
            self._send(200, "text/plain", self.server.patches[number])

    def do_POST(self) -> None:
        self._note()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("Authorization") != f"Token {TOKEN}":
            self._answer(403, {"detail": "Authentication credentials were not provided."})
        elif body["state"] not in STATES or self.headers["Content-Type"] != "application/json":
            self._answer(400, {"state": ["Invalid"]})
        else:
            self.server.checks.append(body)
            self._answer(201, {"id": len(self.server.checks), **body})

    def _note(self) -> None:
        self.server.seen.append((self.command, self.path, self.headers.get("Authorization")))

    def _answer(self, status: int, value: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(value).encode())

    def _send(self, status: int, kind: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(patches: dict[int, bytes]) -> Iterator[Server]:
    """Serve until the block ends."""
    server = Server(patches)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
