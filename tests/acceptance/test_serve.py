# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd serve`: what it says, and when."""

import signal
import socket
import subprocess
from pathlib import Path

import httpx

from tests.support.cli import BISECTD, bisectd, environment


def test_a_port_that_is_taken_is_one_line_and_nothing_is_begun(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = bisectd("serve", "--port", port, "--db", tmp_path / "x.db", "--jobs", 1)
    assert (ran.code, ran.out) == (129, "")
    assert ran.err == f"bisectd: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    assert not (tmp_path / "x.db").exists()


def test_it_listens_where_and_when_it_says_so(tmp_path: Path) -> None:
    command = (*BISECTD, "serve", "--port", "0", "--db", str(tmp_path / "x.db"), "--jobs", "1")
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment()) as server:
        assert server.stderr
        said = server.stderr.readline()
        try:
            assert said.startswith("bisectd serves http://127.0.0.1:")
            url = said.split()[2]
            assert httpx.get(f"{url}/api/v1/health", timeout=30).json() == {"status": "ok"}
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
