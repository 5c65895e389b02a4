# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs through the API: submitted once, limited, changed by who may, answered as the command does."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bisectd.services.fix import of_mails
from bisectd.services.suggestion import Question, suggest
from bisectd.services.suggestion_report import as_json as suggestion_as_json
from tests.support.cli import bisectd
from tests.support.git_repos import environment, git
from tests.support.hands import NAME, PROBE, TARGET, VARYING, told
from tests.support.served import Served, serving

LIMIT = 3
BOMB = "\u0000"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture
def idle(tmp_path: Path, database: str) -> Iterator[Served]:
    """A service whose jobs stay queued."""
    limits: dict[str, Any] = {"jobs_per_user": LIMIT, "mail_bytes": 2000}
    with serving(tmp_path, workers=0, database=database, **limits) as served:
        yield served


def fix(served: Served) -> bytes:
    """A mail with a fix of the fault that the last commit has: what its culprit did, taken back."""
    git(served.repository, "worktree", "add", "-q", str(served.repository.parent / "tree"), served.ids[-1])
    tree = served.repository.parent / "tree"
    git(tree, "checkout", "-q", served.ids[2], "--", ".")
    git(
        tree,
        "commit",
        "-qm",
        "powerpc: clear FE0 and FE1\n\nThey stay set.\n\nSigned-off-by: A <a@example.org>",
    )
    return git(tree, "format-patch", "-1", "--stdout").encode() + b"\n"


def test_a_bisection_is_what_the_command_and_the_library_say(tmp_path: Path, served: Served) -> None:
    job = served.finished(served.bisect(served.ids[0], served.ids[-1]))
    assert (job["state"], job["error"], job["user"]) == ("done", None, "me")
    what = (
        "--good",
        served.ids[0],
        "--bad",
        served.ids[-1],
        "--probe",
        PROBE,
        "--target",
        TARGET,
        "--jobs",
        1,
        "--json",
    )
    local = bisectd("bisect", "--repo", served.repository, "--db", tmp_path / "other.db", *what)
    assert told(job["result"]) == told(local.json)
    assert job["result"]["culprit"]["commit"] == served.ids[3]


def test_a_suggestion_is_what_the_command_and_the_library_say(tmp_path: Path, served: Served) -> None:
    mail = fix(served)
    with served.client("submit") as client:
        headers = {"Content-Type": "application/mbox"}
        params = {"repository": NAME, "target": TARGET}
        answer = client.post("/suggestions", content=mail, params=params, headers=headers)
        assert answer.status_code == 201, answer.text
        number = answer.json()["id"]
        job = served.finished(number)
        assert client.get(f"/suggestions/{number}").json() == job
        assert [one["id"] for one in client.get("/suggestions").json()["items"]] == [number]
    assert (job["state"], job["error"]) == ("done", None)
    said = _without(job["result"])
    (tmp_path / "fix.mbox").write_bytes(mail)
    what = (
        "--repo",
        served.repository,
        "--target",
        TARGET,
        "--db",
        tmp_path / "other.db",
        "--jobs",
        1,
        "--json",
    )
    local = bisectd("suggest", tmp_path / "fix.mbox", *what)
    assert local.code == 0, local.err
    assert said == _without(local.json)
    question = Question(str(served.repository), TARGET, database=str(tmp_path / "third.db"))
    assert said == _without(suggestion_as_json(suggest(question, lambda _: of_mails(mail))))
    assert said["origin"]["commit"] == served.ids[3]
    _git_takes_the_log(served, tmp_path, number)


def test_git_replays_the_log(tmp_path: Path, served: Served) -> None:
    for kind in ("bisect", "scan"):
        number = served.bisect(served.ids[0], served.ids[-1], kind)
        served.finished(number)
        _git_takes_the_log(served, tmp_path, number)


def test_classes_transitions_steps_and_observations_of_a_scan(served: Served) -> None:
    number = served.bisect(served.ids[0], served.ids[-1], "scan")
    job = served.finished(number)
    with served.client("read") as client:
        classes = client.get("/classes", params={"job": number}).json()["items"]
        (transition,) = client.get("/transitions", params={"job": number}).json()["items"]
        steps = client.get(f"/jobs/{number}/steps").json()["items"]
        assert classes == job["result"]["class_verdicts"]
        assert [(one["verdict"], one["commits"]) for one in classes] == [("GOOD", 3), ("BAD", 3)]
        assert (transition["commit"], transition["from"], transition["to"]) == (served.ids[3], "GOOD", "BAD")
        assert {step["commit"] for step in steps} == set(served.ids)
        seen = client.get("/observations", params={"fingerprint": classes[1]["fingerprint"], "probe": PROBE})
        (observation,) = seen.json()["items"]
        whole = client.get(f"/observations/{observation['id']}").json()
    assert whole == {**observation, "evidence": job["result"]["evidence"][served.ids[3]]["evidence"]}
    assert whole["evidence"]["registers"]


def test_what_has_no_result_has_no_log_and_no_classes(idle: Served) -> None:
    number = idle.bisect(idle.ids[0], idle.ids[-1])
    with idle.client("submit") as client:
        assert client.get(f"/jobs/{number}/log").status_code == 409
        assert client.get("/classes", params={"job": number}).status_code == 409
        asked = {"kind": "suggest", "repository": NAME, "commit": idle.ids[-1]}
        other = client.post("/jobs", json=asked).json()["id"]
        assert client.get("/transitions", params={"job": other}).status_code == 404
        assert client.get(f"/suggestions/{number}").status_code == 404


def test_one_key_sent_by_twenty_at_once_is_one_job(idle: Served) -> None:
    question = idle.question(idle.ids[0], idle.ids[-1])
    with idle.client("submit") as client, ThreadPoolExecutor(20) as threads:

        def send(_: int) -> tuple[int, int]:
            answer = client.post("/jobs", json=question, headers={"Idempotency-Key": "the-one"})
            return answer.status_code, answer.json()["id"]

        answers = list(threads.map(send, range(20)))
        assert len(client.get("/jobs").json()["items"]) == 1
    assert sorted(status for status, _ in answers) == [200] * 19 + [201]
    assert len({number for _, number in answers}) == 1


def test_a_key_that_was_used_for_another_question_is_a_conflict(idle: Served) -> None:
    headers = {"Idempotency-Key": "the-one"}
    with idle.client("submit") as client, idle.client("submit", "other") as other:
        first = client.post("/jobs", json=idle.question(idle.ids[0], idle.ids[-1]), headers=headers)
        again = client.post("/jobs", json=idle.question("main~5", "main"), headers=headers)
        wrong = client.post("/jobs", json=idle.question(idle.ids[1], idle.ids[-1]), headers=headers)
        another = other.post("/jobs", json=idle.question(idle.ids[1], idle.ids[-1]), headers=headers)
    assert [one.status_code for one in (first, again, wrong, another)] == [201, 200, 409, 201]
    assert first.headers["location"] == again.headers["location"] == "/api/v1/jobs/1"
    assert first.json()["question"]["goods"] == [idle.ids[0]]


def test_a_user_has_so_many_unfinished_jobs_and_another_as_many(idle: Served) -> None:
    question = idle.question(idle.ids[0], idle.ids[-1])
    with idle.client("submit") as client, idle.client("submit", "other") as other:
        statuses = [client.post("/jobs", json=question).status_code for _ in range(LIMIT + 1)]
        assert statuses == [201] * LIMIT + [429]
        assert other.post("/jobs", json=question).status_code == 201
        assert client.post("/jobs/1/cancel").json()["state"] == "cancelled"
        assert client.post("/jobs", json=question).status_code == 201
        refused = client.post("/jobs/1/retry")
    assert refused.status_code == 429
    assert refused.headers["retry-after"]
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_job_is_changed_by_its_user_or_an_administrator(idle: Served) -> None:
    number = idle.bisect(idle.ids[0], idle.ids[-1])
    with idle.client("submit", "other") as other, idle.client("admin", "root") as administrator:
        with idle.client("read") as reader, idle.client() as anybody:
            assert reader.post(f"/jobs/{number}/cancel").status_code == 403
            assert anybody.post(f"/jobs/{number}/cancel").status_code == 401
        assert other.post(f"/jobs/{number}/cancel").status_code == 403
        assert other.post(f"/jobs/{number}/retry").status_code == 403
        assert administrator.post(f"/jobs/{number}/retry").status_code == 409
        assert administrator.post(f"/jobs/{number}/cancel").json()["state"] == "cancelled"
        assert administrator.post(f"/jobs/{number}/cancel").status_code == 409
        assert administrator.post(f"/jobs/{number}/retry").json()["state"] == "queued"
        assert other.post("/jobs/77/cancel").status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"repository": "/etc"}, 404),
        ({"repository": "https://example.org/linux.git"}, 404),
        ({"repository": "../linux"}, 404),
        ({"probe": "fpu"}, 422),
        ({"target": "all"}, 422),
        ({"toolchain": "cc"}, 422),
        ({"bad": "nowhere"}, 422),
        ({"bad": "HEAD" + BOMB}, 422),
        ({"bad": "--upload-pack=x"}, 422),
        ({"goods": []}, 422),
        ({"goods": ["x"] * 101}, 422),
        ({"goods": "main"}, 422),
        ({"kind": "follow"}, 422),
        ({"user": "root"}, 422),
        ({"probe": 1}, 422),
    ],
)
def test_what_cannot_be_asked_is_refused(idle: Served, change: dict[str, Any], status: int) -> None:
    with idle.client("submit") as client:
        answer = client.post("/jobs", json={**idle.question(idle.ids[0], idle.ids[-1]), **change})
        assert client.get("/jobs").json()["items"] == []
    assert answer.status_code == status, answer.text
    assert answer.json()["status"] == status


def test_one_commit_that_is_good_and_bad_is_refused_at_once(idle: Served) -> None:
    with idle.client("submit") as client:
        answer = client.post("/jobs", json=idle.question(idle.ids[-1], "main"))
        assert client.get("/jobs").json()["items"] == []
    assert answer.status_code == 422
    wrong = f"good revision {idle.ids[-1]} and bad revision main are the same commit ({idle.ids[-1][:12]})"
    assert answer.json()["detail"] == wrong


def test_text_that_no_database_holds_is_refused(idle: Served) -> None:
    surrogate = b'{"kind": "suggest", "repository": "\\ud800", "commit": "x"}'
    with idle.client("submit") as client:
        answers = [
            client.post("/jobs", content=surrogate, headers={"Content-Type": "application/json"}),
            client.post("/jobs", content=b"\xff{}", headers={"Content-Type": "application/json"}),
            client.get("/jobs", params={"user": BOMB}),
            client.get("/observations", params={"probe": BOMB}),
            client.get("/jobs?user=%ff%fe"),
            client.get("/repositories/%00"),
            client.get("/jobs/9223372036854775808"),
            client.get("/jobs/0"),
        ]
    assert [answer.status_code for answer in answers] == [422, 400, 422, 422, 200, 422, 422, 422]


def test_a_fix_is_bounded_and_has_to_be_one(idle: Served) -> None:
    headers = {"Content-Type": "application/mbox"}
    params = {"repository": NAME}
    with idle.client("submit") as client:

        def chunks() -> Iterator[bytes]:
            yield from (b"x" * 1000 for _ in range(3))

        large = client.post("/suggestions", content=b"x" * 2001, params=params, headers=headers)
        streamed = client.post("/suggestions", content=chunks(), params=params, headers=headers)
        nothing = client.post("/suggestions", content=b"hello", params=params, headers=headers)
        form = client.post("/suggestions", data={"fix": "x"}, params=params)
        other = client.post("/jobs", content=b" " * ((1 << 20) + 1))
    answers = (large, streamed, nothing, form, other)
    assert [answer.status_code for answer in answers] == [413, 413, 422, 415, 413]
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in answers)


def _without(result: dict[str, Any]) -> dict[str, Any]:
    assert result
    return {name: value for name, value in result.items() if name not in VARYING | {"repository"}}


def _git_takes_the_log(served: Served, folder: Path, number: int) -> None:
    with served.client("read") as client:
        answer = client.get(f"/jobs/{number}/log")
    assert answer.headers["content-type"].startswith("text/plain"), answer.text
    log, clone = folder / f"{number}.log", folder / f"clone-{number}"
    log.write_text(answer.text)
    git(folder, "clone", "-q", str(served.repository), str(clone))
    replayed = subprocess.run(
        ["git", "-C", str(clone), "bisect", "replay", str(log)],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    assert f"{served.ids[3]} is the first bad commit" in replayed.stdout
