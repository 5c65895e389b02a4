# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd follow`, `bisectd regressions` and `bisectd hook`, as their users run them."""

from pathlib import Path

import pytest

from bisectd.demo import write_history
from bisectd.demo.story import CULPRIT, FIX
from bisectd.store.store import Store
from tests.support.cli import Ran, bisectd
from tests.support.demo_history import commit
from tests.support.git_repos import build, git
from tests.support.sinks import mail_sink, web_sink
from tests.support.tiny_kernel import bad, good, line_of

WHAT = ("--probe", "fpu-giveup-fe", "--target", "pmac32")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "history.git"
    write_history(folder, work_tree=False)
    return folder


def follow(repository: Path, *more: object, what: tuple[str, ...] = WHAT) -> Ran:
    return bisectd("follow", "--repo", repository, *what, *more, "--jobs", 1)


def test_the_bundled_history_and_its_stable_branches(demo: Path) -> None:
    branches = ("--branch", "linux-4.9.y", "--branch", "linux-4.19.y", "--branch", "master")
    ran = follow(demo, *branches, "--json")
    assert ran.code == 0
    assert ran.json["schema"] == "bisectd.follow/1"
    assert [one["branch"] for one in ran.json["branches"]] == ["master", "linux-4.9.y", "linux-4.19.y"]
    master, old, new = ([event["event"] for event in one["events"]] for one in ran.json["branches"])
    assert master == ["regression.opened", "regression.fixed"] * 3
    assert (old, new) == (["regression.affected"], ["regression.reached"])
    assert git(demo, "rev-parse", "master") == ran.json["branches"][0]["head"]

    listed = bisectd("regressions", "--json").json
    assert listed["schema"] == "bisectd.regressions/1"
    first = listed["regressions"][-1]
    assert (first["introduced"], first["fixed"]) == (commit(demo, CULPRIT), commit(demo, FIX))
    assert (first["state"], first["release"], first["fixed_release"]) == ("fixed", "v4.6", "v5.1")
    assert first["fixes"] == f'Fixes: 8792468da5e1 ("{CULPRIT}")'
    assert (first["affected_branches"], first["fixed_branches"]) == (
        ["linux-4.9.y"],
        ["linux-4.19.y", "master"],
    )
    whole = bisectd("regressions", first["id"], "--json").json["regressions"][0]
    assert {key: whole[key] for key in first} == first
    assert [(one["branch"], one["state"], one["release"]) for one in whole["branches"]] == [
        ("linux-4.19.y", "fixed", "v4.19.4"),
        ("linux-4.9.y", "affected", None),
        ("master", "fixed", "v5.1"),
    ]
    assert whole["branches"][0]["how"] == "names it as its upstream commit"

    again = follow(demo, *branches, "--json").json
    assert [(one["commits"], one["evaluations"], one["events"]) for one in again["branches"]] == [
        (0, 0, [])
    ] * 3

    more = follow(demo, *branches, "--json", what=("--probe", "fpexc-disable", "--target", "pmac32")).json
    assert [one["events"] for one in more["branches"]] == [[], [], []]
    assert len(bisectd("regressions", "--json").json["regressions"]) == 3


def test_text_and_one_regression_in_full(tmp_path: Path) -> None:
    ids = build(tmp_path / "x.git", line_of(good(), bad(), good("x")), tags={"v1.0": 0, "v1.1": 1})
    git(tmp_path / "x.git", "update-ref", "refs/heads/main", ids[1])
    ran = follow(tmp_path / "x.git", "--branch", "main")
    assert (
        f'opened 1 on main by {ids[1][:12]} (fpu-giveup-fe on pmac32): Fixes: {ids[1][:12]} ("step 1")'
        in ran.out
    )
    assert " open " in bisectd("regressions", "--state", "open").out
    git(tmp_path / "x.git", "update-ref", "refs/heads/main", ids[2])
    assert "fixed 1 on main" in follow(tmp_path / "x.git", "--branch", "main").out
    assert "nothing opened, nothing fixed" in follow(tmp_path / "x.git", "--branch", "main").out
    whole = bisectd("regressions", 1)
    assert whole.code == 0
    assert whole.out.endswith(f'\nFixes: {ids[1][:12]} ("step 1")\n')
    for part in ("regression 1: fixed", "first in v1.1", "in no release yet", "MSR: EE PR FP ME FE0 FE1"):
        assert part in whole.out
    assert [one["kind"] for one in bisectd("regressions", 1, "--json").json["regressions"][0]["events"]] == [
        "fixed",
        "opened",
    ]
    assert bisectd("regressions", "--state", "open").out.startswith("none: ")


def test_a_followed_branch_goes_on_with_what_it_is_followed_for(tmp_path: Path) -> None:
    build(tmp_path / "x.git", line_of(good(), bad()))
    follow(tmp_path / "x.git", "--branch", "main")

    def asked(*what: str) -> list[tuple[str, str]]:
        (found,) = follow(tmp_path / "x.git", "--branch", "main", "--json", what=what).json["branches"]
        return [(one["probe"], one["target"]) for one in found["timelines"]]

    assert asked() == [("fpu-giveup-fe", "pmac32")]
    assert asked("--probe", "fpexc-disable") == [("fpexc-disable", "pmac32")]
    assert asked() == [("fpu-giveup-fe", "pmac32"), ("fpexc-disable", "pmac32")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--branch", "mian"), "did you mean main"),
        (("--branch", "main", "--since", "v9"), "unknown revision 'v9'"),
        (("--branch", "main", "--toolchain", "all"), "with one compiler"),
        (("--branch", "main", "--probe", "fpu"), "unknown probe 'fpu'"),
    ],
)
def test_what_cannot_be_followed(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    build(tmp_path / "x.git", line_of(good()))
    ran = follow(tmp_path / "x.git", *arguments)
    assert (ran.code, ran.out) == (128, "")
    assert said in ran.err
    assert bisectd("regressions", 7).code == 128


def test_all_commands_of_the_service_open_the_database_of_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path / "r", line_of(good("a"), good("b")), tags={"v4.5": 0})
    (tmp_path / "settings").write_text(f"BISECTD_DB={tmp_path / 'named.db'}\n")
    monkeypatch.delenv("BISECTD_DB", raising=False)
    monkeypatch.setenv("BISECTD_SETTINGS", str(tmp_path / "settings"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    assert bisectd("migrate").code == 0
    assert bisectd("hook", "add", "--mail", "lists@example.org").code == 0
    assert follow(tmp_path / "r", "--branch", "main").code == 0
    for command in ("hook list", "hook deliver", "regressions", "token list"):
        assert bisectd(*command.split()).code == 0
    assert list(tmp_path.rglob("*.db")) == [tmp_path / "named.db"]


def test_more_messages_wait_than_are_shown_at_once(tmp_path: Path) -> None:
    db = tmp_path / "x.db"
    assert bisectd("hook", "add", "--mail", "lists@example.org", "--db", db).code == 0
    with Store.open(str(db)) as store, store.begin() as tx:
        for _ in range(60):
            tx.hooks.announce("job.done", {"job": {"id": 1}}, 0.0)
    (hook,) = bisectd("hook", "list", "--db", db, "--json").json["hooks"]
    assert (hook["waiting"], hook["failed"]) == (60, 0)


def test_hooks_are_told_by_follow(tmp_path: Path) -> None:
    build(tmp_path / "x.git", line_of(good(), bad()))
    with web_sink() as web, mail_sink() as mail:
        added = bisectd("hook", "add", "--webhook", web.url, "--json").json
        assert len(added["secret"]) == 64
        opened = ("--event", "regression.opened")
        assert bisectd("hook", "add", "--mail", "lists@example.org", *opened).code == 0
        ran = bisectd(
            "follow", "--repo", tmp_path / "x.git", "--branch", "main", *WHAT, env={"BISECTD_SMTP": mail.url}
        )
        assert "2 messages delivered" in ran.err
        (message,) = web.received
        assert message.verified(added["secret"])
        assert message.body["event"] == "regression.opened"
        assert message.body["regression"]["subject"] == "step 1"
        (letter,) = mail.received
        assert letter["Subject"] == "[bisectd] opened on main: step 1"
    listed = bisectd("hook", "list", "--json")
    assert added["secret"] not in listed.out
    assert [(one["kind"], one["waiting"], one["failed"]) for one in listed.json["hooks"]] == [
        ("webhook", 0, 0),
        ("mail", 0, 0),
    ]
    assert bisectd("hook", "remove", 1).code == 0
    assert bisectd("hook", "remove", 1).code == 128


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--webhook", "http://x", "--mail", "a@b.org"),
        ("--webhook", "file:///etc/passwd"),
        ("--webhook", "https://"),
        ("--webhook", "https://user:password@example.org/"),
        ("--mail", "a@b.org\nBcc: c@d.org"),
        ("--mail", "nobody"),
        ("--mail", "a@b.org", "--event", "regression.open"),
    ],
)
def test_hooks_that_are_none(arguments: tuple[str, ...]) -> None:
    ran = bisectd("hook", "add", *arguments)
    assert ran.code == 128
    assert ran.err.startswith("bisectd: ")
