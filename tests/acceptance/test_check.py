# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd check` against a server that behaves as Patchwork's REST API does."""

from pathlib import Path

import pytest

from bisectd.demo import write_history
from tests.support.cli import Ran, bisectd
from tests.support.patchwork import TOKEN, Server, serving
from tests.support.posted_fix import FIXES, POSTED, STABLE, posted

RIGHT = posted(f"Clear all three.\n\n{FIXES}\n{STABLE}\nSigned-off-by: N <n@example.org>\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("check")
    write_history(place / "history", work_tree=False)
    return place


def check(folder: Path, server: Server, number: int, token: str = TOKEN, repo: str = "history") -> Ran:
    return bisectd(
        "check", "--patchwork", server.url, number, "--repo", folder / repo, "--db", folder / "facts.db",
        "--target", "pmac32", "--target-url", "https://dashboard.example.org/1",
        env={"BISECTD_PATCHWORK_TOKEN": token},
    )  # fmt: skip


def test_checks_are_posted(folder: Path) -> None:
    damaged = POSTED.replace(b" \tsave_fpu", b"\tsave_fpu")
    with serving({1: POSTED, 2: RIGHT, 3: damaged, 4: POSTED.replace(b"save_fpu", b"save_cpu")}) as server:
        ran = [check(folder, server, number) for number in (1, 2, 3, 4)]
        assert [one.code for one in ran] == [0, 0, 0, 0]
        assert [one["state"] for one in server.checks] == ["warning", "success", "fail", "fail"]
        assert {(one["context"], one["target_url"]) for one in server.checks} == {
            ("bisectd", "https://dashboard.example.org/1")
        }
        assert server.checks[0]["description"].startswith("GIT_COMMIT_ID, MISSING_FIXES_TAG")
        assert server.checks[1]["description"].startswith("cures fpu-giveup-fe")
        assert {token for method, _, token in server.seen if method == "GET"} == {None}
        assert TOKEN not in "".join(one.out + one.err for one in ran)


@pytest.mark.parametrize(
    ("number", "token", "code", "said"),
    [
        (9, TOKEN, 128, "404"),
        (2, "0" * 40, 128, "403"),
        (2, "", 128, "no API token"),
        (2, "a b\r\nX: y", 128, "no API token"),
    ],
)
def test_what_the_server_refuses_is_said(folder: Path, number: int, token: str, code: int, said: str) -> None:
    with serving({2: RIGHT}) as server:
        ran = check(folder, server, number, token)
        assert (ran.code, server.checks) == (code, [])
        assert said in ran.err
        assert not token or token not in ran.out + ran.err


def test_a_mistake_that_is_not_the_patchs_posts_nothing(folder: Path) -> None:
    with serving({2: RIGHT}) as server:
        ran = check(folder, server, 2, repo="elsewhere")
        assert (ran.code, server.checks) == (128, [])


def test_a_token_does_not_travel_over_plain_http(folder: Path) -> None:
    ran = bisectd(
        "check", "--patchwork", "http://patchwork.example.org", 1, "--repo", folder,
        env={"BISECTD_PATCHWORK_TOKEN": TOKEN},
    )  # fmt: skip
    assert ran.code == 128
    assert "plain HTTP" in ran.err
