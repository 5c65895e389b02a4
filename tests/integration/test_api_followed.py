# SPDX-License-Identifier: GPL-2.0-or-later
"""What following branches found, through the API; and who is told of it."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bisectd.domain.tracking import JOB_DONE
from bisectd.services.schedule import run_due
from tests.support.following import Following
from tests.support.git_repos import build, git
from tests.support.hands import NAME, PROBE, TARGET
from tests.support.served import Served, serving
from tests.support.tiny_kernel import bad, good, line_of

TREES = [good("a"), bad("b"), bad("c"), good("d"), bad("e")]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that follows a branch that broke, was fixed, and broke again."""
    folder = tmp_path_factory.mktemp("served")
    ids = build(folder / "linux", line_of(*TREES), tags={"v4.5": 0, "v4.6": 2})
    with serving(folder, workers=0, path=folder / "linux") as served:
        served.ids += ids
        followed = {"repository": NAME, "name": "main", "probes": [PROBE], "targets": [TARGET]}
        with served.client("admin") as client:
            answer = client.post("/branches", json=followed)
            assert answer.status_code == 201, answer.text
            assert answer.headers["location"] == "/api/v1/branches/1"
        following = Following(folder / "linux", folder / "served.db")
        for head in (ids[2], ids[4]):
            following.move("main", head)
            following.follow()
        yield served


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    with served.client("read") as client:
        yield client


def test_regressions_in_a_list_and_whole(client: httpx.Client, served: Served) -> None:
    items = client.get("/regressions").raise_for_status().json()["items"]
    whole = client.get(f"/regressions/{items[-1]['id']}").json()
    assert items[-1].items() <= whole.items()
    assert (whole["introduced"], whole["release"]) == (served.ids[4], None)
    assert [one["introduced"] for one in whole["sightings"]] == [served.ids[1], served.ids[4]]
    assert {one["branch"] for one in whole["sightings"]} == {"main"}
    assert [event["kind"] for event in whole["events"]][-1] == "opened"
    for state in ("open", "fixed"):
        found = client.get("/regressions", params={"state": state}).json()["items"]
        assert found == [one for one in items if one["state"] == state]
    for culprit in (served.ids[1], served.ids[4]):
        assert client.get("/regressions", params={"introduced": culprit}).json()["items"] == items[-1:]
    assert client.get("/regressions", params={"repository": NAME}).json()["items"] == items
    assert client.get("/regressions", params={"repository": "none"}).status_code == 404
    assert client.get("/regressions/4711").status_code == 404


def test_a_branch_its_timelines_and_their_versions(client: httpx.Client, served: Served) -> None:
    (branch,) = client.get("/branches", params={"repository": NAME}).json()["items"]
    assert client.get(f"/branches/{branch['id']}").json() == branch
    assert (branch["name"], branch["head"], branch["error"]) == ("main", served.ids[4], None)
    (timeline,) = client.get(f"/branches/{branch['id']}/timelines").json()["items"]
    assert client.get(f"/timelines/{timeline['id']}").json() == timeline
    assert (timeline["probe"], timeline["verdict"]) == (PROBE, "BAD")
    first = client.get(f"/timelines/{timeline['id']}/versions", params={"limit": 2}).json()
    rest = client.get(f"/timelines/{timeline['id']}/versions", params={"cursor": first["next"]}).json()
    versions = first["items"] + rest["items"]
    assert [one["verdict"] for one in versions] == ["GOOD", "BAD", "GOOD", "BAD"]
    assert [one["commit"] for one in versions] == [served.ids[n] for n in (0, 1, 3, 4)]
    assert client.get(f"/observations/{versions[1]['observation']}").json()["verdict"] == "BAD"
    assert client.get("/branches/4711/timelines").status_code == 404
    assert client.get("/timelines/4711/versions").status_code == 404
    assert client.get("/timelines/4711").status_code == 404


def test_the_matrix_of_releases_and_heads(client: httpx.Client) -> None:
    params = {"repository": NAME, "probe": PROBE, "target": TARGET}
    points = client.get("/matrix", params=params).json()["items"]
    assert {one["name"]: one["verdict"] for one in points} == {"v4.5": "GOOD", "v4.6": "BAD", "main": "BAD"}
    good_ones = client.get("/matrix", params={**params, "verdict": "GOOD"}).json()["items"]
    assert [one["name"] for one in good_ones] == ["v4.5"]
    assert client.get("/matrix", params={**params, "probe": "other"}).json()["items"] == []
    pages = client.get("/matrix", params={**params, "limit": 2}).json()
    rest = client.get("/matrix", params={**params, "cursor": pages["next"]}).json()
    assert pages["items"] + rest["items"] == points


def test_what_is_removed_in_between_moves_no_page(served: Served) -> None:
    with served.client("admin") as admin:
        hooks = [
            admin.post("/hooks", json={"kind": "webhook", "address": f"http://127.0.0.1:1/{n}"}).json()["id"]
            for n in range(3)
        ]
        first = admin.get("/hooks", params={"limit": 1}).json()
        admin.delete(f"/hooks/{hooks[0]}").raise_for_status()
        rest = admin.get("/hooks", params={"cursor": first["next"]}).json()
        for number in hooks[1:]:
            admin.delete(f"/hooks/{number}").raise_for_status()
    assert [one["id"] for one in first["items"] + rest["items"]] == hooks


def test_what_comes_in_between_moves_no_page(client: httpx.Client, served: Served) -> None:
    names = []
    with served.client("admin") as admin:
        for name in ("zz", "yy", "aa"):
            answer = admin.post("/repositories", json={"name": name, "source": str(served.repository)})
            names.append(answer.raise_for_status().json()["name"])
            if name == "yy":
                first = client.get("/repositories", params={"limit": 2}).json()
        rest = client.get("/repositories", params={"cursor": first["next"]}).json()
    found = [one["name"] for one in first["items"] + rest["items"]]
    assert found == [NAME, *names]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"repository": "none"}, 404),
        ({"name": "none"}, 422),
        ({"probes": ["none"]}, 422),
        ({"targets": ["none"]}, 422),
        ({"targets": []}, 422),
        ({"toolchain": "all"}, 422),
        ({"toolchain": "cc"}, 422),
        ({"since": "none"}, 422),
    ],
)
def test_a_branch_that_cannot_be_followed(served: Served, change: dict[str, object], status: int) -> None:
    with served.client("admin") as client:
        wanted = {"repository": NAME, "name": "main", "probes": [PROBE], "targets": [TARGET], **change}
        answer = client.post("/branches", json=wanted)
        assert answer.status_code == status, answer.text
        assert len(client.get("/branches").json()["items"]) == 1


def test_a_branch_that_is_followed_no_longer_stays_readable(tmp_path: Path) -> None:
    with serving(tmp_path, workers=0) as idle, idle.client("submit") as user, idle.client("admin") as client:
        followed = {"repository": NAME, "name": "main", "probes": [PROBE], "targets": [TARGET]}
        made = client.post("/branches", json=followed).json()
        assert made["followed"]
        place = f"/branches/{made['id']}"
        following = Following(idle.repository, tmp_path / "served.db")
        following.follow()
        regressions = user.get("/regressions").json()
        timelines = user.get(f"{place}/timelines").json()
        assert (len(regressions["items"]), len(timelines["items"])) == (1, 1)
        assert user.delete(place).status_code == 403
        assert client.delete(place).status_code == 204
        assert client.delete(place).status_code == 404
        assert client.delete("/branches/4711").status_code == 404
        assert user.get("/branches").json()["items"] == []
        assert (user.get(place).json()["name"], user.get(place).json()["followed"]) == ("main", False)
        assert user.get(f"{place}/timelines").json() == timelines
        assert user.get("/regressions", params={"repository": NAME}).json() == regressions
        assert httpx.get(f"{idle.url}/regressions/{regressions['items'][0]['id']}").status_code == 200
        git(idle.repository, "update-ref", "refs/heads/main", idle.ids[-2])
        run_due(idle.store, idle.settings)
        assert user.get("/jobs").json()["items"] == []
        again = client.post("/branches", json={**followed, "targets": ["pmac32", "g5"]}).json()
        assert (again["id"], again["followed"], again["targets"]) == (made["id"], True, ["pmac32", "g5"])
        run_due(idle.store, idle.settings)
        (job,) = user.get("/jobs").json()["items"]
        assert (job["kind"], job["question"]["branch"]) == ("follow", made["id"])


def test_a_repository_that_is_removed_is_no_more_asked_and_its_history_stays(tmp_path: Path) -> None:
    with serving(tmp_path, workers=0) as idle, idle.client("submit") as user, idle.client("admin") as client:
        wanted = {"name": "mirror", "source": idle.repository.as_uri()}
        client.post("/repositories", json=wanted).raise_for_status()
        copy = idle.settings.data / "repositories" / "mirror.git"
        question = {**idle.question(idle.ids[0], "main"), "repository": "mirror"}
        while (answer := user.post("/jobs", json=question)).status_code == 422:  # it is being fetched
            time.sleep(0.05)
        job = answer.json()["id"]
        followed = {"repository": "mirror", "name": "main", "probes": [PROBE], "targets": [TARGET]}
        branch = client.post("/branches", json=followed).json()["id"]
        assert user.delete("/repositories/mirror").status_code == 403
        busy = client.delete("/repositories/mirror")
        unfinished = "unfinished jobs of repository mirror: 1; wait for them or cancel them"
        assert (busy.status_code, busy.json()["detail"]) == (409, unfinished)
        assert copy.exists()
        user.post(f"/jobs/{job}/cancel").raise_for_status()
        assert client.delete("/repositories/mirror").status_code == 204
        assert not copy.exists()
        assert client.delete("/repositories/mirror").status_code == 404
        assert [one["name"] for one in user.get("/repositories").json()["items"]] == [NAME]
        for answer in (
            user.post("/jobs", json=question),
            user.post(f"/jobs/{job}/retry"),
            user.get("/repositories/mirror"),
            client.post("/repositories/mirror/fetch"),
            client.post("/branches", json=followed),
        ):
            assert answer.status_code == 404
            assert answer.json()["detail"].startswith("repository mirror was removed")
        run_due(idle.store, idle.settings)
        assert not copy.exists()
        assert user.get(f"/jobs/{job}").json()["question"]["repository"] == "mirror"
        assert not user.get(f"/branches/{branch}").json()["followed"]
        assert user.get("/branches", params={"repository": "mirror"}).json()["items"] == []
        assert user.get("/regressions", params={"repository": "mirror"}).json()["items"] == []
        assert httpx.get(f"{idle.url}/jobs/{job}").status_code == 200
        taken = client.post("/repositories", json={**wanted, "source": str(idle.repository)})
        assert (taken.status_code, "take another name" in taken.json()["detail"]) == (409, True)
        client.post("/repositories", json=wanted).raise_for_status()  # the same again
        while user.post("/jobs", json=question).status_code == 422:
            time.sleep(0.05)
        assert user.get("/jobs").json()["items"][0]["question"]["repository"] == "mirror"


def test_what_is_not_said_stays_as_it_is_followed(served: Served) -> None:
    with served.client("admin") as client:
        answer = client.post("/branches", json={"repository": NAME, "name": "main"}).json()
        assert (answer["probes"], answer["targets"]) == ([PROBE], [TARGET])
        assert answer["head"] == served.ids[4]
        other = client.post("/branches", json={"repository": NAME, "name": "main", "toolchain": "gcc"})
        assert (other.status_code, "is followed with zig" in other.text) == (409, True)


def test_hooks_are_an_administrators_and_their_secret_is_shown_once(tmp_path: Path) -> None:
    with serving(tmp_path, workers=0) as idle, idle.client("submit") as user, idle.client("admin") as client:
        wanted = {"kind": "webhook", "address": "https://example.org/hook", "events": [JOB_DONE]}
        assert user.post("/hooks", json=wanted).status_code == 403
        assert user.get("/hooks").status_code == 403
        made = client.post("/hooks", json=wanted)
        assert made.status_code == 201
        hook = made.json()
        assert len(hook.pop("secret")) == 64
        mail = client.post("/hooks", json={"kind": "mail", "address": "a@example.org"}).json()
        assert (mail["secret"], len(mail["events"]) > 1) == (None, True)
        assert client.get(made.headers["location"].removeprefix("/api/v1")).json() == hook
        assert client.get("/hooks").json()["items"][0] == hook
        never = client.post("/hooks", json={**wanted, "address": "http://169.254.169.254/latest"})
        assert (never.status_code, "no webhook is sent to" in never.json()["detail"]) == (422, True)
        for wrong in ({"address": "ftp://x"}, {"events": ["nothing"]}, {"kind": "mail"}, {"kind": "sms"}):
            assert client.post("/hooks", json={**wanted, **wrong}).status_code == 422
        job = idle.bisect(idle.ids[0], idle.ids[-1])
        client.post(f"/jobs/{job}/cancel").raise_for_status()
        (delivery,) = client.get(f"/hooks/{hook['id']}/deliveries").json()["items"]
        waiting = client.get(f"/hooks/{hook['id']}").json()
        assert waiting == {**hook, "waiting": 1, "next": delivery["due"]}
        assert (delivery["event"], delivery["body"]["job"]["id"]) == (JOB_DONE, job)
        assert client.get(f"/hooks/{hook['id']}/deliveries", params={"state": "failed"}).json()["items"] == []
        assert client.delete(f"/hooks/{hook['id']}").status_code == 204
        assert client.delete(f"/hooks/{hook['id']}").status_code == 404
        assert client.get(f"/hooks/{hook['id']}/deliveries").status_code == 404


def test_what_is_new_of_a_branch_has_another_tag(served: Served, client: httpx.Client) -> None:
    tag = client.get("/branches").headers["etag"]
    assert client.get("/branches", headers={"If-None-Match": tag}).status_code == 304
    git(served.repository, "update-ref", "refs/heads/other", served.ids[2])
    with served.client("admin") as administrator:
        wanted = {"repository": NAME, "name": "other", "probes": [PROBE], "targets": [TARGET]}
        administrator.post("/branches", json=wanted).raise_for_status()
    assert client.get("/branches", headers={"If-None-Match": tag}).status_code == 200
