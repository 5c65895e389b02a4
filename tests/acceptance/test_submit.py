# SPDX-License-Identifier: GPL-2.0-or-later
"""The service from the command line: a server, and the local store, by the same commands."""

import json
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from bisectd.domain.jobs import JobState
from bisectd.services import schedule
from tests.support.cli import BISECTD, Ran, bisectd, environment
from tests.support.git_repos import git
from tests.support.hands import NAME, PROBE, TARGET, told
from tests.support.served import Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


class Place:
    """Where commands go: the server with a token, or the server's database."""

    def __init__(self, served: Served, kind: str) -> None:
        self.served = served
        self.search: tuple[object, ...] = (
            "--repository",
            NAME,
            "--good",
            served.ids[0],
            "--bad",
            served.ids[-1],
        )
        self.search += ("--probe", PROBE, "--target", TARGET)
        self._options: tuple[object, ...] = ()
        self._environment: dict[str, str] = {}
        if kind == "server":
            self._environment = {"BISECTD_SERVER": served.url, "BISECTD_TOKEN": served.token("admin")}
        else:
            self._options = ("--db", served.store.url)

    def __call__(self, *arguments: object) -> Ran:
        return bisectd(*arguments, *self._options, env=self._environment)


@pytest.fixture(params=["server", "database"])
def place(served: Served, request: pytest.FixtureRequest) -> Place:
    return Place(served, request.param)


def test_a_bisection_submitted_and_followed_is_what_bisect_prints(place: Place, tmp_path: Path) -> None:
    ran = place("submit", "bisect", *place.search, "--follow")
    assert ran.code == 0, ran.err
    what = ("--probe", PROBE, "--target", TARGET, "--db", tmp_path / "x.db", "--jobs", 1)
    ends = ("--good", place.served.ids[0], "--bad", place.served.ids[-1])
    local = bisectd("bisect", "--repo", place.served.repository, *ends, *what)
    assert _fixed(ran.out.splitlines()[2:]) == _fixed(local.out.splitlines())
    assert ran.out.rstrip().endswith(f'Fixes: {place.served.ids[3][:12]} ("step 3")')
    assert f"{place.served.ids[3][:12]} is BAD ({PROBE} on {TARGET})" in ran.err
    assert "is done" in ran.err


def test_what_json_prints_is_the_document_of_the_api(place: Place) -> None:
    submitted = place("submit", "scan", *place.search, "--json").json
    assert submitted["kind"] == "scan"
    shown = place("show", submitted["id"], "--follow", "--json").json
    with place.served.client("read") as client:
        assert client.get(f"/jobs/{submitted['id']}").json() == shown
    assert shown["state"] == "done"
    ends = ("--good", place.served.ids[0], "--bad", place.served.ids[-1], "--probe", PROBE)
    what = ("--target", TARGET, "--db", place.served.store.url, "--exhaustive", "--json")
    local = bisectd("bisect", "--repo", place.served.repository, *ends, *what).json
    assert told(shown["result"]) == told(local)


def test_a_fix_of_a_file_and_of_standard_input(place: Place, tmp_path: Path) -> None:
    mail = git(place.served.repository, "format-patch", "-1", "--stdout", place.served.ids[3]).encode()
    (tmp_path / "fix.mbox").write_bytes(mail)
    what = ("--repository", NAME, "--target", TARGET, "--json", "--follow")
    jobs = [
        place("submit", "suggest", fix, *what).json for fix in (tmp_path / "fix.mbox", place.served.ids[3])
    ]
    assert [job["state"] for job in jobs] == ["done", "done"]
    assert jobs[0]["question"]["mail"]
    assert jobs[1]["question"]["commit"] == place.served.ids[3]
    assert jobs[0]["result"]["probes"] == jobs[1]["result"]["probes"]
    text = place("show", jobs[0]["id"])
    assert (text.code, "step 3" in text.out, "breaks (GOOD → BAD)" in text.out) == (0, True, True)


def test_a_job_is_listed_cancelled_and_tried_again(place: Place, tmp_path: Path) -> None:
    with serving(tmp_path, workers=0) as idle:
        elsewhere = Place(idle, "server" if "BISECTD_SERVER" in place._environment else "database")  # noqa: SLF001
        number = elsewhere("submit", "bisect", *elsewhere.search, "--key", "one", "--json").json["id"]
        again = elsewhere("submit", "bisect", *elsewhere.search, "--key", "one", "--json").json["id"]
        assert number == again == 1
        elsewhere("submit", "scan", *elsewhere.search)
        assert [job["id"] for job in elsewhere("jobs", "--json").json] == [2, 1]
        assert [job["id"] for job in elsewhere("jobs", "--json", "--kind", "bisect").json] == [1]
        assert [job["id"] for job in elsewhere("jobs", "--json", "--limit", 1).json] == [2]
        assert f"{PROBE} on {TARGET}" in elsewhere("jobs").out
        assert elsewhere("show", number).code == 0
        assert elsewhere("cancel", number).out == "job 1 is cancelled\n"
        ended = elsewhere("show", number, "--follow")
        assert (ended.code, "cancelled" in ended.out) == (129, True)
        refused = elsewhere("cancel", number)
        assert (refused.code, refused.err) == (128, "bisectd: job 1 is cancelled already\n")
        assert elsewhere("retry", number).out == "job 1 is queued\n"
        assert elsewhere("retry", number).code == 128
        assert elsewhere("show", 77).err == "bisectd: there is no job 77\n"


def test_a_job_that_failed_says_why(place: Place) -> None:
    """Nothing that a job may name fails: here a worker is told that it does."""
    number = place("submit", "bisect", *place.search, "--follow", "--json").json["id"]
    with place.served.store.begin() as tx:
        tx.jobs.change(number, state=JobState.FAILED, result=None, error="the \x1b[31mdisk is full")
    ran = place("show", number)
    assert (ran.code, "the \\x1b[31mdisk is full" in ran.out, "\x1b[31m" in ran.out) == (129, True, False)


def test_what_cannot_be_asked_is_one_line(place: Place) -> None:
    for wrong in (
        ("submit", "bisect", *place.search, "--probe", "fpu"),
        ("submit", "bisect", *place.search, "--repository", "/etc"),
        ("submit", "bisect", *place.search, "--bad", "nowhere"),
        ("submit", "bisect", "--repository", NAME),
        ("submit", "suggest", "nowhere", "--repository", NAME),
        ("show", "0"),
        ("show", "x"),
    ):
        ran = place(*wrong)
        assert (ran.code, ran.out) == (128, ""), wrong
        assert ran.err.count("\n") == 1, ran.err
        assert "Traceback" not in ran.err


def test_repositories_are_added_and_listed(place: Place, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", str(tmp_path / "other"))
    name = tmp_path.name[-40:].strip("._") or "x"
    added = place("repository", "add", name, tmp_path / "other")
    assert (added.code, added.out) == (0, f"repository {name}: read in place\n")
    listed = {one["name"]: one for one in place("repository", "list", "--json").json}
    assert listed[name]["source"] == str(tmp_path / "other")
    assert name in place("repository", "list").out
    assert place("repository", "add", "x y", tmp_path / "other").code == 128
    assert place("repository", "add", name, tmp_path / "nothing").code == 128
    assert place("repository", "fetch", "nothing").code == 128


def test_tokens_are_made_shown_once_and_revoked(served: Served) -> None:
    where = ("--db", served.store.url)
    made = bisectd("token", "create", "somebody", "--scope", "read", "--days", 1, *where)
    secret = made.out.strip()
    assert (made.code, len(secret)) == (0, len("bisectd_") + 64)
    assert secret not in Path(served.settings.data.parent / "served.db").read_bytes().decode("latin-1")
    listed = bisectd("token", "list", "--json", *where).json
    (token,) = [one for one in listed if one["user"] == "somebody"]
    assert token["scopes"] == ["read"]
    assert secret not in bisectd("token", "list", *where).out + json.dumps(listed)
    use = {"BISECTD_SERVER": served.url, "BISECTD_TOKEN": secret}
    assert bisectd("jobs", env=use).code == 0
    refused = bisectd("retry", 1, env=use)
    assert refused.err == "bisectd: this needs a token with the scope submit\n"
    assert bisectd("token", "revoke", token["id"], *where).code == 0
    gone = bisectd("jobs", env=use)
    assert (gone.code, "wants a valid token" in gone.err, secret in gone.err) == (128, True, False)
    assert bisectd("token", "revoke", 777, *where).code == 128
    for wrong in ("", "a\nb", "x" * 201):
        assert bisectd("token", "create", wrong, *where).code == 128


def test_a_token_comes_from_a_file_too(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(served.token("admin") + "\n")
    listed = bisectd("repository", "list", "--server", served.url, "--token-file", file, "--json")
    assert NAME in {one["name"] for one in listed.json if one["source"]}
    missing = bisectd("jobs", "--server", served.url, "--token-file", tmp_path / "none")
    assert (missing.code, missing.err.count("\n")) == (128, 1)


@pytest.mark.parametrize(
    ("url", "code", "line"),
    [
        ("http://127.0.0.1:9", 129, "cannot be reached"),
        ("ftp://127.0.0.1", 128, "is no http:// or https:// URL"),
        ("http://", 128, "is no http:// or https:// URL"),
        ("http://127.0.0.1:x", 128, "is no http:// or https:// URL"),
    ],
)
def test_a_server_that_is_none(url: str, code: int, line: str) -> None:
    ran = bisectd("jobs", "--server", url)
    assert (ran.code, line in ran.err, ran.err.count("\n")) == (code, True, 1), ran.err


def test_something_else_answers() -> None:
    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>hello")

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        ran = bisectd("jobs", "--server", f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert (ran.code, "is the URL right?" in ran.err) == (128, True), ran.err


def test_a_job_that_is_followed_in_the_database_ends_when_its_worker_has_done_it(tmp_path: Path) -> None:
    with serving(tmp_path, workers=0) as idle:
        where = ("--db", idle.store.url)
        place = Place(idle, "database")
        command = [*BISECTD, "worker", "--jobs", "1", *where]
        worker = subprocess.Popen(command, env=environment(), stderr=subprocess.DEVNULL)
        try:
            ran = place("submit", "bisect", *place.search, "--follow", "--json")
        finally:
            worker.terminate()
            worker.wait(60)
        assert ran.json["result"]["culprit"]["commit"] == idle.ids[3]


def _fixed(lines: list[str]) -> list[str]:
    """Without the line that says how long it took, and what came from the store."""
    return [line for line in lines if "judged" not in line]


def test_what_was_registered_and_followed_is_taken_back(place: Place, tmp_path: Path) -> None:
    with serving(tmp_path, workers=0) as idle:
        elsewhere = Place(idle, "server" if "BISECTD_SERVER" in place._environment else "database")  # noqa: SLF001
        what = ("--repository", NAME, "--branch", "main")
        elsewhere("follow", *what, "--probe", PROBE, "--target", TARGET)
        unknown = elsewhere("unfollow", "--repository", NAME, "--branch", "mian")
        wrong = f"bisectd: branch 'mian' of {NAME} is not followed: did you mean main?\n"
        assert (unknown.code, unknown.err) == (128, wrong)
        ended = elsewhere("unfollow", *what)
        assert (ended.code, ended.out) == (0, f"main of {NAME} is followed no longer\n")
        assert elsewhere("unfollow", *what).code == 128
        elsewhere("submit", "bisect", *elsewhere.search)
        busy = elsewhere("repository", "remove", NAME)
        assert (busy.code, "unfinished jobs" in busy.err) == (128, True)
        elsewhere("cancel", 1)
        removed = elsewhere("repository", "remove", NAME)
        assert (removed.code, removed.out) == (0, f"repository {NAME} is removed\n")
        assert elsewhere("repository", "list", "--json").json == []
        assert elsewhere("repository", "remove", NAME).code == 128
        assert elsewhere("submit", "bisect", *elsewhere.search).code == 128
        assert elsewhere("show", 1).code == 129  # cancelled, and still shown


def test_the_service_follows_and_tells_of_regressions(place: Place, tmp_path: Path) -> None:
    with serving(tmp_path) as at_work:
        elsewhere = Place(at_work, "server" if "BISECTD_SERVER" in place._environment else "database")  # noqa: SLF001
        started = elsewhere(
            "follow", "--repository", NAME, "--branch", "main", "--probe", PROBE, "--target", TARGET
        )
        assert (started.code, started.out) == (0, f"main of {NAME} is followed: {PROBE} on {TARGET}\n")
        assert elsewhere("regressions").out.startswith("none: ")
        schedule.run_due(at_work.store, at_work.settings)
        assert at_work.finished(1)["state"] == "done"
        culprit = at_work.ids[3]
        (listed,) = elsewhere("regressions", "--state", "open", "--json").json["regressions"]
        assert (listed["introduced"], listed["probes"], listed["affected_branches"]) == (
            culprit,
            [PROBE],
            ["main"],
        )
        assert f"open   {culprit[:12]}" in elsewhere("regressions").out
        whole = elsewhere("regressions", listed["id"])
        assert whole.out.endswith(f"\n{listed['fixes']}\n")
        assert f"opened {listed['id']} on main by {culprit[:12]}" in whole.out
        unknown = elsewhere("regressions", 4711)
        assert (unknown.code, unknown.err) == (128, "bisectd: there is no regression 4711\n")


def test_a_server_is_told_which_repository_to_follow() -> None:
    ran = bisectd("follow", "--branch", "main", "--server", "http://127.0.0.1:1")
    assert (ran.code, "name one with --repository" in ran.err) == (128, True)
