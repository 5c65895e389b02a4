# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading through the API: pages, ETags, problems, and who may."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bisectd.domain.observation import Observation
from bisectd.domain.verdict import Verdict
from bisectd.services import tokens
from tests.support.git_repos import build, git
from tests.support.hands import NAME
from tests.support.served import Served, serving
from tests.support.store_data import BAD, GOOD, key, unit
from tests.support.tiny_kernel import good, line_of

MANY = 45
Document = dict[str, object]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that has seen much and whose jobs stay queued."""
    with serving(tmp_path_factory.mktemp("served"), workers=0, jobs_per_user=MANY) as served:
        for number in range(MANY):
            observation = BAD if number % 3 else GOOD
            if number % 9 == 1:
                observation = Observation(Verdict.UNTESTABLE, "no program")
            found = key(number)._replace(probe=f"probe-{number % 2}")
            with served.store.begin() as tx:
                tx.units.add(unit(number), ["a.c"])
                tx.observations.add(found, unit(number).key, observation, 0.5)
            served.bisect(served.ids[0], served.ids[-1], "scan" if number % 2 else "bisect")
        yield served


def pages(client: httpx.Client, path: str, limit: int, **filters: object) -> list[list[Document]]:
    """All pages of a list."""
    found, cursor = [], None
    while True:
        params = {"limit": limit, **filters, **({"cursor": cursor} if cursor else {})}
        page = client.get(path, params=params).raise_for_status().json()  # type: ignore[arg-type]
        found.append(page["items"])
        cursor = page["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize("path", ["/jobs", "/observations", "/probes", "/targets", "/repositories"])
@pytest.mark.parametrize("limit", [1, 2, 7, 200])
def test_pages_give_every_item_once_in_one_order(served: Served, path: str, limit: int) -> None:
    with served.client() as client:
        (whole,) = pages(client, path, 200)
        found = pages(client, path, limit)
    assert all(len(page) == limit for page in found[:-1])
    assert 0 < len(found[-1]) <= limit
    assert [item for page in found for item in page] == whole


@pytest.mark.parametrize(
    "filters",
    [
        {"verdict": "BAD"},
        {"probe": "probe-1"},
        {"target": "pmac32"},
        {"probe": "probe-0", "verdict": "GOOD"},
        {"probe": "probe-1", "target": "pmac32"},
        {"probe": "probe-1", "target": "pmac32", "verdict": "UNTESTABLE"},
        {"probe": "probe-2"},
    ],
)
def test_observations_are_filtered(served: Served, filters: dict[str, str]) -> None:
    with served.client() as client:
        (whole,) = pages(client, "/observations", 200)
        found = [one for page in pages(client, "/observations", 4, **filters) for one in page]
        assert found == [one for one in whole if filters.items() <= one.items()]
        if found:
            only = client.get("/observations", params={"fingerprint": str(found[0]["fingerprint"])}).json()
            assert only["items"] == [found[0]]
            whole_one = client.get(f"/observations/{found[0]['id']}").json()
            assert {**found[0], "evidence": whole_one["evidence"]} == whole_one


def test_jobs_are_filtered(served: Served) -> None:
    with served.client() as client:
        scans = [one for page in pages(client, "/jobs", 7, kind="scan", state="queued") for one in page]
        assert {one["kind"] for one in scans} == {"scan"}
        assert len(scans) == MANY // 2
        assert pages(client, "/jobs", 7, user="nobody") == [[]]
        assert client.get("/jobs", params={"state": "lost"}).status_code == 422


@pytest.mark.parametrize(
    "cursor", ["", "x", "YWZ0ZXI6LTE", "YWZ0ZXI6", "OTk", "YWZ0ZXI6OTk5OTk5OTk5OTk5OTk5OTk5OTk", "a" * 41]
)
def test_a_cursor_that_no_page_gave_is_refused(served: Served, cursor: str) -> None:
    with served.client() as client:
        answer = client.get("/jobs", params={"cursor": cursor})
    assert answer.status_code == 422
    assert "cursor" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/jobs", "/jobs/1", "/observations/1", "/jobs/1/steps", "/probes", "/repositories/linux"]
)
def test_what_has_not_changed_is_not_sent_again(served: Served, path: str) -> None:
    with served.client() as client:
        first = client.get(path)
        tag = first.headers["etag"]
        assert tag.startswith('"')
        for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = client.get(path, headers={"If-None-Match": given})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        other = client.get(path, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.headers["etag"], other.json()) == (200, tag, first.json())


def test_a_job_that_changes_has_another_tag(tmp_path: Path) -> None:
    with serving(tmp_path, workers=0) as idle, idle.client("submit") as client:
        job = idle.bisect(idle.ids[0], idle.ids[-1])
        before = client.get(f"/jobs/{job}").headers["etag"]
        client.post(f"/jobs/{job}/cancel").raise_for_status()
        after = client.get(f"/jobs/{job}", headers={"If-None-Match": before})
    assert (after.status_code, after.json()["state"]) == (200, "cancelled")


def test_every_error_is_a_problem(served: Served) -> None:
    with served.client() as client:
        answers = [
            client.get("/nothing"),
            client.get("/jobs/77777"),
            client.delete("/jobs"),
            client.get("/jobs", params={"limit": 201}),
            client.post("/jobs", json={}),
            client.get("/jobs", headers={"Authorization": "Bearer x"}),
            client.get("/jobs", headers={"Authorization": "Basic eDp4"}),
        ]
    assert [answer.status_code for answer in answers] == [404, 404, 405, 422, 401, 401, 401]
    for answer in answers:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem.keys() == {"type", "title", "status", "detail"}
        assert problem["status"] == answer.status_code
    assert answers[2].headers["allow"] == "GET, HEAD, POST"
    assert answers[4].headers["www-authenticate"].startswith("Bearer")


def test_a_server_that_is_not_public_wants_tokens_that_are_valid(tmp_path: Path) -> None:
    with serving(tmp_path, workers=0, public_read=False) as idle:
        token, secret = tokens.make(idle.store, "me", "read")
        expired = tokens.make(idle.store, "me", "read", days=1e-9)[1]
        with idle.client() as client:

            def status(secret: str, path: str = "/jobs") -> int:
                return client.get(path, headers={"Authorization": f"bearer {secret}"}).status_code

            for path in ("/jobs", "/probes", "/repositories", "/observations"):
                assert client.get(path).status_code == 401
                assert status(secret, path) == 200
            assert status(expired) == 401
            assert status(secret[:-1]) == 401
            assert status("x") == 401
            tokens.revoke(idle.store, token.id)
            assert status(secret) == 401
            security = client.get("/openapi.json").json()["paths"]["/api/v1/jobs"]["get"]["security"]
    assert security == [{"token": []}]


def test_repositories_are_registered_by_administrators(tmp_path: Path, served: Served) -> None:
    place = tmp_path / "other"
    build(place, line_of(good("a")))
    with served.client("submit") as user, served.client("admin") as administrator:
        wanted = {"name": "other", "source": str(place)}
        assert user.post("/repositories", json=wanted).status_code == 403
        made = administrator.post("/repositories", json=wanted)
        assert (made.status_code, made.headers["location"]) == (201, "/api/v1/repositories/other")
        assert made.json()["source"] == str(place)
        assert administrator.post("/repositories", json=wanted).status_code == 201
        assert administrator.post("/repositories", json={**wanted, "name": NAME}).status_code == 409
        for source in (str(tmp_path), "ext::sh -c x", "ftp://example.org/x", "x" * 1900):
            wrong = administrator.post("/repositories", json={"name": "wrong", "source": source})
            assert wrong.status_code == 422, source
        for name in ("", "..", ".git", "a/b", "x" * 101, "a b"):
            assert administrator.post("/repositories", json={**wanted, "name": name}).status_code == 422
        seen = user.get("/repositories").json()["items"]
        assert administrator.post("/repositories/none/fetch").status_code == 404
    assert [(one["name"], one["source"]) for one in seen] == [(NAME, None), ("other", None)]


def test_a_mirror_is_fetched_in_the_background_and_says_how_that_went(tmp_path: Path) -> None:
    with serving(tmp_path, workers=0) as idle, idle.client("admin") as client:
        wanted = {"name": "mirror", "source": f"file://{idle.repository}"}
        assert client.post("/repositories", json=wanted).json()["fetched"] is None
        found = _until_fetched(client)
        assert (found["error"], found["mirrored"]) == (None, True)
        question = {**idle.question(idle.ids[0], "main"), "repository": "mirror"}
        assert client.post("/jobs", json=question).json()["question"]["bad"] == idle.ids[-1]
        git(idle.repository, "update-ref", "refs/heads/main", idle.ids[2])
        assert client.post("/repositories/mirror/fetch").status_code == 202
        _until_fetched(client, found["fetched"])
        assert client.post("/jobs", json=question).json()["question"]["bad"] == idle.ids[2]
        idle.repository.rename(tmp_path / "gone")
        client.post("/repositories/mirror/fetch").raise_for_status()
        assert "cannot fetch" in str(_until_fetched(client, error=True)["error"])


def _until_fetched(client: httpx.Client, before: object = None, *, error: bool = False) -> Document:
    """The mirror, once it was fetched after `before`, or could not be."""
    for _ in range(600):
        found: Document = client.get("/repositories/mirror").json()
        if found["error"] if error else found["fetched"] not in {None, before}:
            return found
    raise AssertionError(found)


def test_head_says_what_get_would_without_a_body(tmp_path: Path) -> None:
    with serving(tmp_path, workers=0) as idle, idle.client() as client:
        job = idle.bisect(idle.ids[0], idle.ids[-1])
        for path in ("/health", "/jobs", f"/jobs/{job}", "/jobs/4711"):
            asked, got = client.head(path), client.get(path)
            assert (asked.status_code, asked.content) == (got.status_code, b""), path
            assert asked.headers["content-length"] == str(len(got.content))
            assert asked.headers.get("etag") == got.headers.get("etag")
        tag = client.get("/jobs").headers["etag"]
        assert client.head("/jobs", headers={"If-None-Match": tag}).status_code == 304
        stream = client.head(f"/jobs/{job}/events")  # of a job that does not end
        assert (stream.status_code, stream.content) == (200, b"")
        assert stream.headers["content-type"].startswith("text/event-stream")
        refused = client.head(f"/jobs/{job}/cancel")
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
        for page in ("/", "/jobs", f"/jobs/{job}", "/static/style.css"):
            assert httpx.head(f"{idle.url}{page}").status_code == 200, page


def test_where_a_server_keeps_repositories_is_for_administrators(tmp_path: Path) -> None:
    with serving(tmp_path, workers=0) as idle, idle.client("admin") as client, idle.client("submit") as user:
        gone = {"name": "gone", "source": "http://me:s3cret@127.0.0.1:1/linux.git"}
        client.post("/repositories", json=gone).raise_for_status()
        while not client.get("/repositories/gone").json()["error"]:
            time.sleep(0.05)
        shallow = tmp_path / "shallow"
        git(tmp_path, "clone", "-q", "--bare", "--depth=1", idle.repository.as_uri(), str(shallow))
        client.post("/repositories", json={"name": "short", "source": str(shallow)}).raise_for_status()
        moved = tmp_path / "moved"
        git(tmp_path, "clone", "-q", "--bare", idle.repository.as_uri(), str(moved))
        client.post("/repositories", json={"name": "moved", "source": str(moved)}).raise_for_status()
        moved.rename(tmp_path / "elsewhere")
        question = idle.question(idle.ids[0], idle.ids[-1])
        branch = {"repository": NAME, "name": "none", "probes": ["all"], "targets": ["all"]}
        patch = {"Content-Type": "application/mbox"}
        answers = [
            user.post("/jobs", json={**question, "bad": "nope"}),
            user.post("/jobs", json={**question, "repository": "moved"}),
            user.post("/jobs", json={**question, "repository": "short", "bad": "nope"}),
            user.post("/suggestions", content=b"", params={"repository": "moved"}, headers=patch),
            user.get("/repositories"),
            user.get("/repositories/gone"),
            client.post("/branches", json=branch),
            httpx.get(f"{idle.url}/commits/{NAME}/nope"),
            httpx.get(f"{idle.url}/commits/moved/nope"),
            httpx.get(f"{idle.url}/search", params={"q": "nope"}),
        ]
        for answer in answers:
            assert str(tmp_path) not in answer.text
            assert "127.0.0.1:1/" not in answer.text
        assert answers[0].json()["detail"] == f"unknown revision 'nope' in {NAME}"
        assert answers[5].json()["error"] == "the latest fetch failed"
        assert f"unknown revision &#39;nope&#39; in {NAME}" in answers[7].text
        shown = client.get("/repositories/gone").json()
        assert shown["error"].startswith("cannot fetch http://127.0.0.1:1/linux.git: ")
        assert shown["source"] == "http://127.0.0.1:1/linux.git"
