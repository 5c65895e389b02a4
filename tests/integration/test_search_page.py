# SPDX-License-Identifier: GPL-2.0-or-later
"""What /search finds, and by which words."""

import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from tests.support.following import Following
from tests.support.git_repos import build, git
from tests.support.hands import NAME, PROBE, TARGET
from tests.support.served import Served, serving
from tests.support.tiny_kernel import bad, good, line_of

UPSTREAM = "8792468da5e1" + "0" * 28  # of the commit that breaks it: a backport


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A branch that is followed, a job on it, and another repository with the same commits."""
    folder = tmp_path_factory.mktemp("served")
    versions = line_of(good("a"), good("b"), bad("c"), good("d"))
    versions[2] = replace(versions[2], message=f"powerpc: break it\n\ncommit {UPSTREAM} upstream.\n")
    ids = build(folder / "linux", versions, tags={"v4.5": 0})
    git(folder, "clone", "-q", "--bare", str(folder / "linux"), str(folder / "twin"))
    with serving(folder, path=folder / "linux") as served:
        served.ids += ids
        with served.client("admin") as client:
            twin = {"name": "twin", "source": str(folder / "twin")}
            client.post("/repositories", json=twin).raise_for_status()
            followed = {"repository": NAME, "name": "main", "probes": [PROBE], "targets": [TARGET]}
            client.post("/branches", json=followed).raise_for_status()
        Following(folder / "linux", folder / "served.db").follow()
        served.finished(served.bisect(ids[0], ids[2]))
        yield served


def sections(served: Served, words: str) -> dict[str, list[str]]:
    """Heading → the entries under it, as text."""
    text = httpx.get(f"{served.url}/search", params={"q": words}).raise_for_status().text
    found = {}
    for part in re.findall(r"<section.*?</section>", text, re.DOTALL):
        rows = re.findall(r"<li>(.*?)</li>", part, re.DOTALL)
        found[re.findall(r"<h2.*?>(.*?)</h2>", part)[0]] = [
            " ".join(re.sub(r"<.*?>", " ", row).split()) for row in rows
        ]
    return found


@pytest.mark.parametrize("words", [UPSTREAM, UPSTREAM[:12], UPSTREAM[:12].upper(), UPSTREAM[:4]])
def test_a_regression_by_its_upstream_id(served: Served, words: str) -> None:
    (one,) = sections(served, words)["Regressions"]
    assert "powerpc: break it" in one


def test_a_regression_by_what_made_and_by_what_fixed_it(served: Served) -> None:
    for number in (2, 3):
        for digits in (12, 40):
            assert len(sections(served, served.ids[number][:digits])["Regressions"]) == 1


def test_a_commit_by_id_and_tag_is_found_once_in_each_repository(served: Served) -> None:
    for words in ("v4.5", served.ids[0][:12], served.ids[0]):
        found = sections(served, words)
        hits = [*found.get("Commits", []), *found.get("On timelines", [])]
        assert sorted(name for hit in hits for name in (NAME, "twin") if name in hit) == [NAME, "twin"]


def test_a_commit_of_a_job_by_its_subject(served: Served) -> None:
    """That the second version is judged only the job knows: it changes nothing, and is on no timeline."""
    with served.client() as client:
        steps = {step["commit"] for step in client.get("/jobs/1/steps").json()["items"]}
    for number in range(3):
        assert served.ids[number] in steps
        subject = git(served.repository, "log", "-1", "--format=%s", served.ids[number])
        found = sections(served, subject.upper())
        hits = [*found.get("Commits", []), *found.get("On timelines", [])]
        assert [served.ids[number][:12] in hit and NAME in hit for hit in hits] == [True]
