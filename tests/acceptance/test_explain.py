# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd explain` and `bisectd semantics` on the bundled history, with the real compiler and emulator."""

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bisectd.demo import write_history
from bisectd.demo.story import CULPRIT, FIX
from tests.support.cli import Ran, bisectd
from tests.support.demo_history import commit, parents
from tests.support.git_repos import Version, build
from tests.support.tiny_kernel import good

ALL = ("g5", "pmac32", "power8le")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled history, and beside it the database that all tests here share: they store facts only."""
    folder = tmp_path_factory.mktemp("explain")
    write_history(folder / "history.git", work_tree=False)
    return folder


def run(place: Path, *arguments: str) -> Ran:
    return bisectd(*arguments, "--repo", place / "history.git", "--db", place / "facts.db")


@pytest.fixture(scope="module")
def explained(place: Path) -> Any:
    ran = run(place, "explain", commit(place / "history.git", CULPRIT), "--json")
    assert ran.code == 0, ran.err
    return ran.json


def test_the_culprit_is_named_with_its_parents(place: Path, explained: Any) -> None:
    culprit = commit(place / "history.git", CULPRIT)
    assert (explained["schema"], explained["commit"]) == ("bisectd.explain/1", culprit)
    assert [parent["commit"] for parent in explained["parents"]] == parents(place / "history.git", culprit)
    assert explained["targets"]["e500"] == {"reason": "", "equal": True}


def test_what_the_message_does_not_mention_comes_first(explained: Any) -> None:
    first, second = explained["changes"][:2]
    assert first["text"] == "no longer clears FE0 FE1 in the saved MSR"
    assert second["text"] == "overwrites f0, which the task still uses"
    assert first["mentioned"] == second["mentioned"] == "no"
    assert {where["target"] for where in first["where"]} == set(ALL)
    assert {"FE0", "MSR_FE0"} <= set(first["sought"])
    by_text = {(change["text"], change["mentioned"]): change for change in explained["changes"]}
    assert by_text["is new", "yes"]["where"][0]["entry"] == "save_fpu"
    assert by_text["no longer clears FP in the saved MSR", "yes"]["found"] == ["FPU"]


def test_32_bit_crashes_and_64_bit_only_where_a_task_asks(explained: Any) -> None:
    culprit = {run["target"]: run for run in explained["crash"] if run["commit"] == explained["commit"]}
    parent = [run for run in explained["crash"] if run["commit"] != explained["commit"]]
    assert {target: run["as_is"]["verdict"] for target, run in culprit.items()} == {
        "g5": "GOOD",
        "pmac32": "BAD",
        "power8le": "GOOD",
    }
    assert {target: run["as_is"]["mode"] for target, run in culprit.items()} == {
        "g5": "0",
        "pmac32": "FE0 FE1",
        "power8le": "0",
    }
    assert {target: run["asked"]["verdict"] for target, run in culprit.items()} == dict.fromkeys(ALL, "BAD")
    taken = culprit["g5"]["asked"]["interrupt"]
    assert (taken["vector"], taken["deferred"]) == ("0x700", True)
    assert culprit["g5"]["asked"]["left"] == "FE0 FE1"
    for run in parent:
        for how in ("as_is", "asked", "asked_seldom"):
            assert (run[how]["verdict"], run[how]["left"], run[how]["interrupt"]) == ("GOOD", "", None)


def test_which_entry_points_leak(explained: Any) -> None:
    (parent,) = (found["commit"] for found in explained["parents"])
    change = {
        (entry, target): (states[parent], states[explained["commit"]])
        for entry, row in explained["leaks"].items()
        for target, states in row.items()
    }
    leaks = ("clean", "leaks FE0 FE1")
    for target in ALL:
        for entry in ("giveup_fpu", "flush_fp_to_thread", "enable_kernel_fp", "giveup_all", "__switch_to"):
            assert change[entry, target] == leaks
        assert change["save_fpu", target] == ("not there", "keeps FP")
        assert change["flush_all_to_thread", target] == ("clean", "keeps FP")
    assert change["flush_vsx_to_thread", "power8le"] == leaks
    assert change["flush_vsx_to_thread", "g5"] == ("not there", "not there")


def test_the_leaks_agree_with_the_probe_that_judges_them(place: Path, explained: Any) -> None:
    ran = run(
        place, "eval", "--rev", explained["commit"], "--probe", "giveup-all", "--target", "g5", "--json"
    )
    judged = {case["name"]: case["verdict"] for case in ran.json["evidence"]["cases"]}
    for entry in ("giveup_all", "flush_fp_to_thread"):
        assert explained["leaks"][entry]["g5"][explained["commit"]].startswith("leaks")
        assert judged[entry] == "BAD"


def test_the_text_says_the_same(place: Path, explained: Any) -> None:
    ran = run(place, "explain", explained["commit"])
    assert ran.code == 0
    lines = [line.strip() for line in ran.out.splitlines()]
    assert lines.index("Not mentioned in the message:") + 1 == lines.index(
        "no longer clears FE0 FE1 in the saved MSR"
    )
    for part in (
        "pmac32, the commit: init is hit",
        "g5, the commit: init is not hit; a task that asks for exceptions would be",
        "deferred program interrupt 0x700",
        "clean → leaks FE0 FE1",
    ):
        assert part in ran.out


def test_the_fix_is_the_culprit_undone_for_what_gives_up(place: Path) -> None:
    repository = place / "history.git"
    fix = commit(repository, FIX)
    ran = run(place, "semantics", "--diff", f"{fix}^", fix, "--target", "pmac32", "--json")
    assert ran.json["schema"] == "bisectd.semantics-diff/1"
    found = ran.json["targets"]["pmac32"]
    assert {change["text"] for change in found["changes"]} == {"clears FE0 FE1 in the saved MSR now"}
    assert {change["entry"] for change in found["changes"]} >= {"giveup_fpu", "__switch_to", "giveup_all"}


def test_a_second_call_runs_nothing(place: Path) -> None:
    command = ("semantics", "--rev", "v5.0", "--target", "g5", "--json")
    first, second = (run(place, *command).json["targets"]["g5"] for _ in range(2))
    assert second["cached"]
    assert {**first, "cached": 0} == {**second, "cached": 0}
    with sqlite3.connect(place / "facts.db") as database:
        rows = database.execute("SELECT digest FROM summaries WHERE fingerprint = ?", [first["fingerprint"]])
        assert rows.fetchall() == [(first["digest"],)]
    database.close()


def test_other_code_that_does_the_same_has_the_same_behaviour(place: Path) -> None:
    other = commit(place / "history.git", "powerpc: Group what prctl() sets in thread_struct")
    found = [
        run(place, "semantics", "--rev", rev, "--target", "pmac32", "--json").json["targets"]["pmac32"]
        for rev in (other, f"{other}^")
    ]
    assert found[0]["fingerprint"] != found[1]["fingerprint"]
    assert found[0]["digest"] == found[1]["digest"]


def test_another_compiler_does_not_change_the_behaviour(place: Path) -> None:
    if not any((Path(folder) / "powerpc-linux-gnu-gcc").exists() for folder in os.get_exec_path()):
        pytest.skip("powerpc-linux-gnu-gcc is not installed (Debian package gcc-powerpc-linux-gnu)")
    command = ("semantics", "--rev", "v5.0", "--target", "pmac32", "--json", "--toolchain")
    found = [run(place, *command, name).json["targets"]["pmac32"] for name in ("zig", "gcc")]
    assert found[0]["fingerprint"] != found[1]["fingerprint"]
    assert found[0]["digest"] == found[1]["digest"]


def test_conditions_are_run_not_read(place: Path) -> None:
    effects = run(place, "semantics", "--rev", "v5.1", "--target", "power8le", "--json").json
    rows = {(row["entry"], row["condition"]): row for row in effects["targets"]["power8le"]["effects"]}
    assert rows["giveup_fpu", "owned, alternate save area"]["saved"] == {"save area": "vs0-vs31 FPSCR"}
    assert rows["giveup_fpu", "owned, CPU without VSX"]["saved"] == {"thread_struct": "f0-f31 FPSCR"}
    assert rows["giveup_fpu", "owned with all other facilities"]["cleared"] == "VSX FP FE0 FE1"
    assert rows["flush_fp_to_thread", "owned, task not current"]["ends"] == "took interrupt 0x700"
    assert rows["load_up_fpu", "fpexc_mode FE0 FE1"]["gained"] == "FP FE0 FE1"
    assert "saved" not in rows["flush_fp_to_thread", "not owned"]


def test_a_hostile_message_stays_escaped_and_what_is_not_there_is_said(tmp_path: Path) -> None:
    evil = "evil \x1b]0;title\x07 [red]x[/red] \u202e FE0"
    ids = build(tmp_path, [Version(good()), Version({**good(), "README": "x"}, message=evil)])
    for command in (["explain", ids[1]], ["semantics", "--diff", *ids], ["semantics", "--rev", ids[1]]):
        ran = bisectd(*command, "--repo", tmp_path, "--target", "pmac32", "--db", tmp_path / "facts.db")
        assert ran.code == 0, ran.err
        assert "\x1b" not in ran.out
        assert "\u202e" not in ran.out
        assert r"evil \x1b]0;title\x07 [red]x[/red] \u202e" in ran.out
        assert "not tested: " in ran.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["semantics"],
        ["semantics", "--rev", "v5.0", "--diff", "v5.0", "v5.1"],
        ["semantics", "--rev", "nowhere"],
        ["semantics", "--rev", "v5.0", "--target", "pmac23"],
        ["explain"],
        ["explain", "v5.0", "--good", "v4.4", "--bad", "v5.0"],
        ["explain", "--good", "v4.4"],
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(place: Path, arguments: list[str]) -> None:
    ran = run(place, *arguments)
    assert (ran.code, ran.err.count("\n")) == (128, 1)
