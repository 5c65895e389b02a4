# SPDX-License-Identifier: GPL-2.0-or-later
"""The dashboard as it is asked over HTTP: who may what, what forms must bring, what is refused."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from bisectd.domain.tracking import Point
from bisectd.domain.verdict import Verdict
from bisectd.probes.registry import PROBES
from bisectd.services import sessions, tokens
from tests.support.hands import NAME, PROBE, TARGET, TOOLCHAIN
from tests.support.served import Served, serving

KEY = re.compile(r'name="form_key" value="([0-9a-f]{64})"')


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served"), workers=0, mail_bytes=5_000) as found:
        yield found


@pytest.fixture
def anybody(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url) as client:
        yield client


@contextmanager
def signed_in(served: Served, scope: str = "submit", user: str = "me") -> Iterator[httpx.Client]:
    """A browser in which somebody has signed in."""
    with httpx.Client(base_url=served.url) as client:
        data = {"form_key": form_key(client), "token": served.token(scope, user)}
        answer = client.post("/sign-in", data=data)
        assert answer.status_code == HTTPStatus.SEE_OTHER
        yield client


def form_key(client: httpx.Client, page: str = "/sign-in") -> str:
    found = KEY.search(client.get(page).text)
    assert found, page
    return found[1]


def question(served: Served, client: httpx.Client, **changed: str) -> dict[str, str]:
    """What the form of a bisection sends."""
    return {
        "form_key": form_key(client, "/"),
        "form": "bisect",
        "repository": NAME,
        "good": served.ids[0],
        "bad": served.ids[-1],
        "probe": PROBE,
        "target": TARGET,
        "toolchain": TOOLCHAIN,
        **changed,
    }


# -- sessions ---------------------------------------------------------------------------------------------


def test_the_cookie_is_kept_from_scripts_and_other_sites(served: Served) -> None:
    with signed_in(served) as client:
        assert "Sign out" in client.get("/").text
        answer = client.get("/sign-in")
        assert served.token()[:12] not in answer.text
    with httpx.Client(base_url=served.url) as client:
        answer = client.post("/sign-in", data={"form_key": form_key(client), "token": served.token()})
        session = next(line for line in answer.headers.get_list("set-cookie") if "bisectd_session" in line)
        assert "HttpOnly" in session
        assert "SameSite=lax" in session
        assert "Secure" not in session  # this server's address has no https


def test_behind_https_the_cookie_never_goes_in_the_clear(tmp_path: Path) -> None:
    with (
        serving(tmp_path, workers=0, url="https://bisectd.example.org") as served,
        httpx.Client(base_url=served.url) as client,
    ):
        assert "Secure" in client.get("/sign-in").headers["set-cookie"]


def test_a_session_ends_with_its_token_and_with_signing_out(served: Served) -> None:
    token, secret = tokens.make(served.store, "you", "submit")
    cookie = sessions.begin(served.store, secret)
    assert cookie is not None
    with httpx.Client(base_url=served.url, cookies={"bisectd_session": cookie}) as client:
        assert "Sign out" in client.get("/").text
        tokens.revoke(served.store, token.id)
        assert "Sign out" not in client.get("/").text
    with signed_in(served) as client:
        cookie = client.cookies["bisectd_session"]
        client.post("/sign-out", data={"form_key": form_key(client, "/")})
        assert sessions.token_of(served.store, cookie) is None


def test_signing_in_again_ends_the_session_before(served: Served) -> None:
    with signed_in(served) as client:
        before = client.cookies["bisectd_session"]
        client.post("/sign-in", data={"form_key": form_key(client, "/"), "token": served.token()})
        assert client.cookies["bisectd_session"] != before
        assert sessions.token_of(served.store, before) is None


def test_a_wrong_token_is_refused(anybody: httpx.Client) -> None:
    answer = anybody.post("/sign-in", data={"form_key": form_key(anybody), "token": "bisectd_" + "0" * 64})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "This token is not valid" in answer.text
    assert "bisectd_session" not in anybody.cookies


@pytest.mark.parametrize(
    "next_",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "evil", "/a\r\nb"],
)
def test_signing_in_leads_to_no_other_server(served: Served, anybody: httpx.Client, next_: str) -> None:
    data = {"form_key": form_key(anybody), "token": served.token(), "next": next_}
    assert anybody.post("/sign-in", data=data).headers["location"] == "/"


def test_signing_in_leads_back(served: Served, anybody: httpx.Client) -> None:
    where = anybody.get("/jobs/new?probe=fpu-preempt").headers["location"]
    assert where == "/sign-in?next=%2Fjobs%2Fnew%3Fprobe%3Dfpu-preempt"
    data = {"form_key": form_key(anybody), "token": served.token(), "next": "/jobs/new?probe=fpu-preempt"}
    answer = anybody.post("/sign-in", data=data, follow_redirects=True)
    assert '<option value="fpu-preempt" selected>' in answer.text


def test_where_not_everybody_may_read_every_page_asks_to_sign_in(tmp_path: Path) -> None:
    with serving(tmp_path, workers=0, public_read=False) as served:
        pages = [
            "/",
            "/regressions",
            "/history",
            "/matrix",
            "/jobs",
            "/jobs/1",
            "/jobs/1/fragment",
            "/jobs/1/log",
        ]
        pages += ["/probes", "/targets", "/search?q=x", "/observations/1", f"/commits/{NAME}/main"]
        with httpx.Client(base_url=served.url) as client:
            for page in pages:
                answer = client.get(page)
                assert answer.status_code == HTTPStatus.SEE_OTHER, page
                assert answer.headers["location"].startswith("/sign-in?next="), page
        with signed_in(served, "read") as client:
            assert client.get("/").status_code == HTTPStatus.OK
            assert client.get(f"/commits/{NAME}/main").status_code == HTTPStatus.OK


# -- forms ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/jobs", "/jobs/1/cancel", "/jobs/1/retry", "/sign-out", "/sign-in"])
def test_a_form_of_another_site_is_refused(served: Served, address: str) -> None:
    with signed_in(served) as client, signed_in(served) as other:
        for key in ("", "0" * 64, form_key(other, "/"), "\u00e4"):
            data = {**question(served, client), "form_key": key, "token": served.token()}
            assert client.post(address, data=data).status_code == HTTPStatus.FORBIDDEN
        assert client.post(address).status_code == HTTPStatus.FORBIDDEN


def test_only_the_scope_that_is_needed_submits(served: Served) -> None:
    with signed_in(served, "read") as client:
        answer = client.post("/jobs", data=question(served, client))
        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert "scope submit" in answer.text


def test_a_form_that_is_sent_twice_is_one_job(served: Served) -> None:
    with signed_in(served) as client:
        data = question(served, client, idempotency_key="f" * 64)
        first, second = (client.post("/jobs", data=data) for _ in range(2))
        assert first.status_code == HTTPStatus.SEE_OTHER
        assert first.headers["location"] == second.headers["location"]


def test_a_job_is_cancelled_and_tried_again(served: Served) -> None:
    with signed_in(served) as client:
        where = client.post("/jobs", data=question(served, client)).headers["location"]
        data = {"form_key": form_key(client, where)}
        assert client.post(f"{where}/cancel", data=data).headers["location"] == where
        assert 'data-state="cancelled"' in client.get(where).text
        client.post(f"{where}/retry", data=data)
        assert 'data-state="queued"' in client.get(where).text


def test_a_job_is_its_users_and_the_administrators_to_change(served: Served) -> None:
    job = served.bisect(served.ids[0], served.ids[-1], user="me")
    with signed_in(served, "submit", "you") as other, signed_in(served, "admin", "root") as administrator:
        data = {"form_key": form_key(other, "/")}
        for change in ("cancel", "retry"):
            answer = other.post(f"/jobs/{job}/{change}", data=data)
            assert answer.status_code == HTTPStatus.FORBIDDEN
        assert f'action="/jobs/{job}/' not in other.get(f"/jobs/{job}").text
        assert 'data-state="queued"' in other.get(f"/jobs/{job}").text
        assert f'action="/jobs/{job}/cancel"' in administrator.get(f"/jobs/{job}").text
        data = {"form_key": form_key(administrator, "/")}
        assert administrator.post(f"/jobs/{job}/cancel", data=data).status_code == HTTPStatus.SEE_OTHER
        assert 'data-state="cancelled"' in other.get(f"/jobs/{job}").text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"bad": "v9.9"}, "unknown revision"),
        ({"bad": ":/subject"}, "is no id of a commit"),
        ({"good": "main^{/subject}"}, "is no id of a commit"),
        ({"bad": ""}, "name a bad revision"),
        ({"good": ""}, "at least one good revision"),
        ({"probe": "fpu-givup"}, "unknown probe"),
        ({"target": "e500"}, "makes no sense on e500"),
        ({"repository": "<b>"}, "no repository is registered as &#39;&lt;b&gt;&#39;"),
        ({"form": "suggest"}, "give the fix in one way"),
        ({"form": "suggest", "patch": "no patch at all"}, "&#34;wrong&#34;|no"),
    ],
)
def test_what_cannot_be_asked_is_said_in_the_form(served: Served, changed: dict[str, str], told: str) -> None:
    with signed_in(served) as client:
        answer = client.post("/jobs", data=question(served, client, **changed))
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        found = re.search(r'<p class="wrong said" role="alert" id="wrong">(.*?)</p>', answer.text)
        assert found
        assert re.search(told, found[1])


def _chosen(page: str) -> dict[str, str]:
    """What is selected in a page's forms, by the id of the field; the first where nothing is said."""
    fields = re.findall(r'<select id="([^"]*)"[^>]*>(.*?)</select>', page)
    return {
        name: (re.findall(r'value="([^"]*)" selected', options) + re.findall(r'value="([^"]*)"', options))[0]
        for name, options in fields
    }


@pytest.mark.parametrize("probe", ["", *PROBES])
def test_a_bisection_is_preset_to_what_makes_sense(served: Served, probe: str) -> None:
    with signed_in(served) as client:
        chosen = _chosen(client.get("/jobs/new", params={"probe": probe}).text)
        assert chosen["probe"] == probe or not probe
        asked = {"probe": chosen["probe"], "target": chosen["b-target"], "toolchain": chosen["b-toolchain"]}
        answer = client.post("/jobs", data=question(served, client, **asked, bad="v9.9"))
        assert "unknown revision" in answer.text  # and nothing else is wrong


def test_a_mistake_in_one_form_leaves_the_other_as_it_was(served: Served) -> None:
    with signed_in(served) as client:
        before = _chosen(client.get("/jobs/new").text)
        asked = question(served, client, bad="v9.9", target="g5")
        after = _chosen(client.post("/jobs", data=asked).text)
        assert after == before | {"b-target": "g5"}
        asked = question(served, client, form="suggest", commit="v9.9", target="g5")
        after = _chosen(client.post("/jobs", data=asked).text)
        assert after == before | {"s-target": "g5"}


def test_a_fix_is_uploaded(served: Served) -> None:
    head = b"From x Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: [PATCH] powerpc: Fix\n\n"
    diff = b"--- a/arch/powerpc/kernel/fpu.S\n+++ b/arch/powerpc/kernel/fpu.S\n@@ -1 +1 @@\n-a\n+b\n"
    fix = head + b"Body.\n---\n" + diff
    with signed_in(served) as client:
        data = question(served, client, form="suggest", target="all")
        answer = client.post("/jobs", data=data, files={"mbox": ("fix.mbox", fix)})
        assert answer.status_code == HTTPStatus.SEE_OTHER, answer.text
        assert "tags of a posted fix" in client.get(answer.headers["location"]).text
        pasted = {**data, "patch": fix.decode().replace("\n", "\r\n")}
        assert client.post("/jobs", data=pasted).status_code == HTTPStatus.SEE_OTHER
        both = {**data, "patch": fix.decode()}
        assert "in one way" in client.post("/jobs", data=both, files={"mbox": ("fix.mbox", fix)}).text


def test_what_is_too_large_is_not_read(served: Served) -> None:
    with signed_in(served) as client:
        data = question(served, client, form="suggest")
        answer = client.post("/jobs", data=data, files={"mbox": ("fix", b"x" * 200_000)})
        assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        answer = client.post("/jobs", data=data, files={"mbox": ("fix", b"x" * 6_000)})
        assert "the fix has 5001 bytes" in answer.text


def test_every_row_of_the_matrix_is_on_one_page(served: Served, anybody: httpx.Client) -> None:
    """Also where a head and a release, or many, are one commit."""
    setup = (PROBE, TARGET, "zig", Verdict.GOOD, "", None)
    names = [f"v4.19.{number}" for number in range(1, 50)]
    points = [
        *(
            Point(name, "4.19", True, "c" * 40, 1e9 + number // 25, *setup)
            for number, name in enumerate(names)
        ),
        Point("linux-4.19.y", "", False, "c" * 40, 1e9, *setup),
    ]
    with served.store.begin() as tx:
        tx.branches.set_points(tx.repositories.named(NAME).id, points)
    address, found = f"/matrix?repository={NAME}", []
    while address:
        answer = anybody.get(address)
        found += re.findall(r'<th scope="row">([^ <]+)', answer.text)
        older = re.search(r'rel="next" href="([^"]+)"', answer.text)
        address = html.unescape(older[1]) if older else ""
    assert sorted(found) == sorted(point.name for point in points)


# -- pages ------------------------------------------------------------------------------------------------


def test_a_page_that_has_not_changed_is_not_sent_again(anybody: httpx.Client) -> None:
    first = anybody.get("/probes")
    assert first.headers["cache-control"] == "private, no-cache"
    again = anybody.get("/probes", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (HTTPStatus.NOT_MODIFIED, b"")


def test_static_files_are_kept_by_the_hash_in_their_address(anybody: httpx.Client) -> None:
    found = re.search(r'href="(/static/style\.css\?v=[0-9a-f]+)"', anybody.get("/").text)
    assert found
    assert "immutable" in anybody.get(found[1]).headers["cache-control"]
    assert "immutable" not in anybody.get("/static/style.css").headers.get("cache-control", "")
    assert anybody.get("/static/../templates/base.html").status_code == HTTPStatus.NOT_FOUND
    assert anybody.get("/static/%2e%2e/app.py").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    "address",
    [
        "/nothing",
        "/jobs/99999",
        "/jobs/99999/fragment",
        "/regressions/99999",
        "/observations/99999",
        f"/commits/{NAME}/{'0' * 40}",
        f"/commits/{NAME}/nix",
        f"/commits/{NAME}/:/c",
        f"/commits/{NAME}/main~1",
        "/commits/nix/main",
        "/history?branch=7&probe=x&target=y",
    ],
)
def test_what_there_is_not_is_a_page_that_says_so(anybody: httpx.Client, address: str) -> None:
    answer = anybody.get(address)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "<h1>Not Found</h1>" in answer.text


@pytest.mark.parametrize(
    "address",
    ["/jobs?before=x", "/regressions?state=<b>", "/observations/1?against=-1", "/jobs/x", "/matrix?before=x"],
)
def test_what_makes_no_sense_is_a_page_that_says_so(anybody: httpx.Client, address: str) -> None:
    answer = anybody.get(address)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    "words", ["", "   ", "%", "_", "'", '"><script>', "\u202e", "0" * 300, "\\", "a" * 5_000]
)
def test_anything_may_be_searched_for(anybody: httpx.Client, words: str) -> None:
    answer = anybody.get("/search", params={"q": words})
    assert answer.status_code == HTTPStatus.OK
    assert "<script>" not in answer.text
    assert "\u202e" not in answer.text


@pytest.mark.parametrize("words", [":/", "main^{/}", "main~1", "main@{1}"])
def test_a_search_makes_git_walk_nothing(anybody: httpx.Client, words: str) -> None:
    assert f'href="/commits/{NAME}/' in anybody.get("/search", params={"q": "main"}).text
    assert f'href="/commits/{NAME}/' not in anybody.get("/search", params={"q": words}).text


@pytest.mark.parametrize(
    "address",
    [
        "/matrix?repository=%00",
        "/matrix?probe=%00",
        "/matrix?toolchain=%00",
        "/commits/%00/a",
        f"/commits/{NAME}/%00",
        "/search?q=%00a",
        "/jobs?user=%00",
        "/history?branch=1&probe=%00",
        "/history?branch=1&target=%00",
    ],
)
def test_what_no_database_holds_is_not_asked_for(anybody: httpx.Client, address: str) -> None:
    assert anybody.get(address).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize("field", ["repository", "probe", "good", "patch", "idempotency_key"])
def test_what_no_database_holds_is_not_submitted(served: Served, field: str) -> None:
    with signed_in(served) as client:
        answer = client.post("/jobs", data=question(served, client, **{field: "a\0"}))
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "NUL" in answer.text


def test_large_numbers_are_no_errors_of_the_server(anybody: httpx.Client) -> None:
    for address in (
        "/jobs/{}",
        "/regressions/{}",
        "/observations/{}",
        "/history?branch={}",
        "/jobs?before={}",
    ):
        for number in (2**63 - 1, 2**63, 2**64, 10**30, -1, 0):
            answer = anybody.get(address.format(number))
            assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, answer.url
    for time in ("1e308,1,v4.4", "-1e999,0,v4.4", "nan", "inf"):
        assert anybody.get(f"/matrix?before={time}").status_code < HTTPStatus.INTERNAL_SERVER_ERROR


def test_jobs_are_listed_by_every_choice(tmp_path: Path, database: str) -> None:
    with (
        serving(tmp_path, workers=0, database=database) as served,
        httpx.Client(base_url=served.url) as client,
    ):
        bisection = served.bisect(served.ids[0], served.ids[-1], user="one")
        scan = served.bisect(served.ids[0], served.ids[-1], "scan", user="two")
        with served.client("submit", "one") as api:
            assert api.post(f"/jobs/{bisection}/cancel").is_success
        for chosen, expected in {
            "": {bisection, scan},
            "state=cancelled": {bisection},
            "state=done": set(),
            "kind=scan": {scan},
            "user=two": {scan},
            "state=queued&kind=scan&user=two": {scan},
            "state=queued&kind=bisect&user=two": set(),
            "before=2": {bisection},
        }.items():
            answer = client.get(f"/jobs?{chosen}")
            assert answer.status_code == HTTPStatus.OK, chosen
            assert {int(one) for one in re.findall(r'href="/jobs/(\d+)"', answer.text)} == expected, chosen
