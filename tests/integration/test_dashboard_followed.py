# SPDX-License-Identifier: GPL-2.0-or-later
"""The dashboard over branches that were followed: releases with a regression, pictures, lines of code."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from http import HTTPStatus

import httpx
import pytest

from bisectd.services.shown import timeline
from bisectd.web.pages.pictures import WIDTH, Band, band
from tests.support.following import FIRST_MASK_LOST, Following
from tests.support.git_repos import EPOCH, Version, build
from tests.support.hands import PROBE, TARGET
from tests.support.served import Served, serving
from tests.support.tiny_kernel import GOOD_MASK, PROCESS, bad, good, kernel

YEAR = 365 * 86_400
MAIN, STABLE = 1, 2  # the branches, as they are numbered


def _later(files: Mapping[str, str]) -> dict[str, str]:
    """The same code, twenty lines further down."""
    return {**files, PROCESS: "\n" * 20 + files[PROCESS]}


# One fault until 5.0; a second that came and went between releases; a third since 5.2. 4.9.y keeps the first.
HISTORY = (
    Version(good("a"), message="Linux 4.4", time=EPOCH),
    Version(bad("b"), message="lose both", time=EPOCH + YEAR),
    Version(_later(bad("c")), message="Linux 4.9", time=EPOCH + 2 * YEAR),
    Version(good("d"), message="clear both", time=EPOCH + 2 * YEAR + 600),
    Version(kernel(f"{GOOD_MASK} | 0x4"), message="Linux 5.0", time=EPOCH + 3 * YEAR),
    Version(kernel(FIRST_MASK_LOST), message="lose one", time=EPOCH + 3 * YEAR + 600),
    Version(good("f"), message="clear it", time=EPOCH + 3 * YEAR + 1200),
    Version({**good("f"), "drivers/x.c": "1"}, message="Linux 5.1", time=EPOCH + 4 * YEAR),
    Version(kernel("MSR_FP | MSR_FE0"), message="lose the other", time=EPOCH + 4 * YEAR + 600),
    Version(kernel("MSR_FP | MSR_FE0", x="1"), message="Linux 5.2", time=EPOCH + 5 * YEAR),
    Version(kernel("MSR_FP | MSR_FE0", x="2"), message="drivers", time=EPOCH + 9 * YEAR),
    Version(_later(bad("c")) | {"drivers/x.c": "1"}, (2,), "Linux 4.9.1", EPOCH + 4 * YEAR),
)
TAGS = {"v4.4": 0, "v4.9": 2, "v5.0": 4, "v5.1": 7, "v5.2": 9, "v4.9.1": 11}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    ids = build(folder / "linux", HISTORY, tags=TAGS)
    following = Following(folder / "linux", folder / "served.db")
    following.move("main", ids[10])
    following.move("linux-4.9.y", ids[11])
    with serving(folder, workers=1, path=folder / "linux") as served:
        served.ids += ids
        following.follow("main", since="v4.4")
        following.follow("linux-4.9.y", since="v4.9")
        yield served


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=60) as found:
        yield found


def _text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


# -- affected releases --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "affected"),
    [
        (1, ["v4.9", "v4.9.1", "linux-4.9.y"]),  # not v5.2 and the head of main: they have another one
        (2, []),  # not v4.9.1, which was committed later and is BAD of another cause
        (3, ["v5.2", "main"]),
    ],
)
def test_only_releases_that_have_a_regression_are_affected(
    client: httpx.Client, number: int, affected: list[str]
) -> None:
    page = client.get(f"/regressions/{number}").text
    section = page.partition('id="releases"')[2].partition("</section>")[0]
    assert sorted(re.findall(r'class="release"[^>]*>([^<]*)<', section)) == sorted(affected)


# -- the picture of a timeline ------------------------------------------------------------------------------


def _drawn(served: Served, branch: int) -> Band:
    line = timeline.line(served.store, branch, PROBE, TARGET)
    assert line
    return band(line.versions, line.points, line.end)


def test_the_axis_of_time_goes_on_to_the_head(served: Served) -> None:
    main = _drawn(served, MAIN).stretches[-1]
    assert main.verdict.value == "BAD"
    assert main.width == pytest.approx(5 / 9 * WIDTH, abs=1)  # since 4 years, of 9
    (stable,) = _drawn(served, STABLE).stretches
    assert (stable.verdict.value, stable.width) == ("BAD", WIDTH)


def test_every_release_stands_at_its_own_date(served: Served, client: httpx.Client) -> None:
    marks = {mark.kind: mark.x for mark in _drawn(served, MAIN).releases}
    assert list(marks) == ["v4.4", "v4.9", "v5.0", "v5.1", "v5.2"]
    years = [round(x / WIDTH * 9, 2) for x in marks.values()]
    assert years == [0, 2, 3, 4, 5]
    assert [mark.kind for mark in _drawn(served, STABLE).releases] == ["v4.9", "v4.9.1"]
    page = client.get(f"/history?branch={MAIN}&probe={PROBE}&target={TARGET}").text
    assert all(f"<title>{name}</title>" in page for name in marks)


def test_the_first_version_of_a_timeline_is_like_no_other(client: httpx.Client) -> None:
    page = client.get(f"/history?branch={MAIN}&probe={PROBE}&target={TARGET}").text
    rows = page.partition('id="versions-table"')[2].split("<tr data-version")[1:]
    assert "other code, same behaviour" not in rows[-1]  # the oldest stands last
    assert any("other code, same behaviour" in row for row in rows[:-1])


# -- the lines of the commit that is looked at --------------------------------------------------------------


def _here(page: str) -> int:
    """The number of the line that is marked."""
    found = re.search(r'<span class="here"><span class="number"> *(\d+)</span>', page)
    assert found
    return int(found[1])


def test_evidence_has_the_lines_of_the_commit_that_leads_to_it(served: Served, client: httpx.Client) -> None:
    pages = {}
    for number in (1, 2, 11):
        commit = served.ids[number]
        links = re.findall(r'href="(/observations/[^"]*)"', client.get(f"/commits/linux/{commit}").text)
        assert [link for link in links if commit in link] == links
        pages[number] = client.get(unescape(links[0])).text
        assert f"--rev {commit}" in pages[number]
        assert f">{commit[:12]}</a>" in pages[number]
    lines = {number: _here(page) for number, page in pages.items()}
    assert lines[2] == lines[11] == lines[1] + 20
    assert all("msr &amp;= ~(MSR_FP)" in page for page in pages.values())
    traces = [re.findall(r"process\.c:(\d+)", page.partition('id="way"')[2]) for page in pages.values()]
    assert [int(line) for line in traces[1]] == [int(line) + 20 for line in traces[0]]


def test_every_link_to_evidence_names_a_commit_and_leads_somewhere(
    served: Served, client: httpx.Client
) -> None:
    job = served.bisect(served.ids[0], served.ids[2])
    served.finished(job)
    history = f"/history?branch={MAIN}&probe={PROBE}&target={TARGET}"
    for address in (f"/jobs/{job}", "/regressions/1", history, "/matrix", f"/commits/linux/{served.ids[8]}"):
        links = set(re.findall(r'href="(/observations/[^"]*)"', client.get(address).text))
        assert links, address
        for link in map(unescape, links):
            assert re.search(r"[?&]commit=[0-9a-f]{40}", link), (address, link)
            assert client.get(link).status_code == HTTPStatus.OK, (address, link)


def test_evidence_of_another_commit_is_not_found(served: Served, client: httpx.Client) -> None:
    page = client.get(f"/commits/linux/{served.ids[1]}").text
    found = re.search(r"/observations/(\d+)", page)
    assert found
    for commit in (served.ids[0], "0" * 40, "x", "<b>", "a" * 500):
        answer = client.get(f"/observations/{found[1]}", params={"commit": commit})
        assert answer.status_code == HTTPStatus.NOT_FOUND, commit
        assert f"observation {found[1]} is not of commit {commit[:64]}" in _text(answer.text)
    assert client.get(f"/observations/{found[1]}").status_code == HTTPStatus.OK


# -- stable branches ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/", "/regressions"])
def test_a_stable_branch_that_still_has_it_is_seen_though_mainline_is_rid_of_it(
    client: httpx.Client, address: str
) -> None:
    section = client.get(address).text.partition('id="stable"')[2].partition("</section>")[0]
    (row,) = section.partition("<tbody>")[2].split("<tr>")[1:]
    assert re.findall(r'href="(/regressions/\d+)"', row) == ["/regressions/1"]
    assert _text(row).startswith("linux-4.9.y linux regression 1 of linux-4.9.y fixed")
    assert 'id="stable"' not in client.get("/regressions?state=fixed").text
