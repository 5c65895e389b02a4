# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets on the command line: a file of the user's own, all of them, and all compilers."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from tests.support.cli import Ran, bisectd
from tests.support.git_repos import build
from tests.support.kernel_build import installed
from tests.support.tiny_kernel import BAD_MASK, GOOD_MASK, REG, bad, broken, good, kernel, line_of

USER = 128


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    build(tmp_path / "repository", line_of(good("a"), good("b"), bad("c")), tags={"v1": 0, "v2": 1, "v3": 2})
    return tmp_path / "repository"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A target file as docs/targets.md says to make one: pmac32's tables under another name."""
    text = files("bisectd.kernel").joinpath("targets.toml").read_text(encoding="utf-8")
    start = text.index("[pmac32]")
    following = next(name for name in tomllib.loads(text) if name != "pmac32")
    copied = text[start : text.index(f"\n[{following}]")].replace("[pmac32", "[mine")
    path = tmp_path / "own.toml"
    path.write_text(copied)
    return path


def evaluate(repository: Path, own: Path, *more: str) -> Ran:
    what = ("--probe", "fpu-giveup-fe", "--target", "mine", "--target-file", own)
    return bisectd("eval", "--repo", repository, "--rev", "v3", *what, "--json", *more)


def test_a_probe_runs_on_a_target_of_the_users(repository: Path, own: Path) -> None:
    ran = evaluate(repository, own)
    assert (ran.code, ran.json["verdict"]) == (1, "BAD"), ran.err
    assert evaluate(repository, own).json["cached"]
    rows = bisectd("targets", "--target-file", own, "--json").json
    assert [row["name"] for row in rows][-1] == "mine"


def test_a_target_that_changed_shares_nothing(repository: Path, own: Path) -> None:
    """The code is the same: only the processor it runs on is another."""
    first = evaluate(repository, own).json
    own.write_text(own.read_text().replace('cpu = "7447a"', 'cpu = "750"'))
    second = evaluate(repository, own).json
    assert second["unit"] != first["unit"]
    assert not second["cached"]


def test_the_workers_of_a_bisection_get_it(repository: Path, own: Path) -> None:
    what = ("--probe", "fpu-giveup-fe", "--target", "mine", "--target-file", own)
    ran = bisectd("bisect", "--repo", repository, "--good", "v1", "--bad", "v3", *what, "--json")
    assert ran.json["outcome"] == "culprit", ran.err
    assert ran.json["question"]["target"].startswith("mine@")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, "cannot read target file"),
        ("", "is empty: copy a table"),
        ("[mine]\ncpu = 5\n", "target file: mine: cpu must be a line of text, not 5"),
        ("[g5]\n", "target file: g5: comes with bisectd"),
        (b"\xff", "is no text in UTF-8"),
    ],
)
def test_bad_files(repository: Path, tmp_path: Path, text: str | bytes | None, line: str) -> None:
    path = tmp_path / "bad.toml"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    ran = evaluate(repository, path)
    assert (ran.code, ran.out, ran.err.count("\n")) == (USER, "", 1)
    assert line in ran.err


def test_a_target_without_flags_for_a_toolchain(repository: Path, own: Path) -> None:
    lines = own.read_text().splitlines(keepends=True)
    own.write_text("".join(line for line in lines if "gcc = " not in line and "gcc:" not in line))
    ran = evaluate(repository, own, "--toolchain", "gcc")
    assert ran.code == USER
    assert "target mine has no flags for gcc" in ran.err


# -- every target, every compiler ---------------------------------------------------------------------------


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Good, bad, one that does not compile, and one that clang and gcc understand differently."""
    depends = kernel("MASK")
    masks = f"#ifdef __clang__\n#define MASK {GOOD_MASK}\n#else\n#define MASK {BAD_MASK}\n#endif\n"
    depends[REG] += masks
    trees = (good("a"), good("b"), bad("c"), broken(), depends)
    tags = {"good": 0, "bad": 2, "broken": 3, "depends": 4}
    build(tmp_path / "tiny", line_of(*trees), tags=tags)
    return tmp_path / "tiny"


WHAT = ("--probe", "fpu-giveup-fe")


@pytest.mark.parametrize(
    ("rev", "code", "verdict"), [("good", 0, "GOOD"), ("bad", 1, "BAD"), ("broken", 125, "UNTESTABLE")]
)
def test_all_targets_make_a_matrix(tiny: Path, rev: str, code: int, verdict: str) -> None:
    what = ("eval", "--repo", tiny, "--rev", rev, *WHAT, "--target", "all")
    ran = bisectd(*what, "--json")
    rows = {row["target"]: row for row in ran.json["targets"]}
    assert list(rows) == ["g5", "pmac32", "power8le"]
    assert (ran.code, rows["pmac32"]["verdict"]) == (code, verdict)
    text = bisectd(*what)
    assert text.code == code
    lines = {line.split()[0]: line.split()[1] for line in text.out.splitlines()[2:]}
    assert lines.items() >= {name: row["verdict"] for name, row in rows.items()}.items()


def test_a_targets_file_takes_part_in_the_matrix(tiny: Path, own: Path) -> None:
    what = ("eval", "--repo", tiny, "--rev", "bad", *WHAT, "--target", "all", "--target-file", own)
    rows = {row["target"]: row["verdict"] for row in bisectd(*what, "--json").json["targets"]}
    assert rows["mine"] == rows["pmac32"] == "BAD"


def test_a_bisection_for_each_target(tiny: Path) -> None:
    what = ("bisect", "--repo", tiny, "--good", "good", "--bad", "bad", *WHAT, "--target", "all")
    ran = bisectd(*what, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["schema"] == "bisectd.bisect-matrix/1"
    assert ran.json["targets"]["pmac32"]["culprit"]["subject"] == "step 2"
    text = bisectd(*what)
    assert "target pmac32" in text.out
    last = text.out.splitlines()[-3:]
    assert [line.split()[0] for line in last] == ["g5", "pmac32", "power8le"]
    assert "culprit: " in last[1]


def test_toolchains_that_agree_give_one_verdict(tiny: Path) -> None:
    installed("gcc")
    what = ("--repo", tiny, *WHAT, "--target", "pmac32", "--toolchain", "all", "--json")
    ran = bisectd("eval", "--rev", "bad", *what)
    (row,) = ran.json["targets"]
    assert (ran.code, row["verdict"], row["disagreement"]) == (1, "BAD", False)
    assert {name: found["verdict"] for name, found in row["toolchains"].items()} == {
        "zig": "BAD",
        "gcc": "BAD",
    }
    found = bisectd("bisect", "--good", "good", "--bad", "bad", *what)
    assert (found.code, found.json["culprit"]["subject"]) == (0, "step 2")
    assert found.json["question"]["toolchain"] == "all"


def test_toolchains_that_disagree_give_no_verdict(tiny: Path) -> None:
    installed("gcc")
    what = ("--repo", tiny, *WHAT, "--target", "pmac32", "--toolchain", "all")
    ran = bisectd("eval", "--rev", "depends", *what, "--json")
    (row,) = ran.json["targets"]
    assert (ran.code, row["verdict"], row["disagreement"]) == (129, None, True)
    assert {name: found["verdict"] for name, found in row["toolchains"].items()} == {
        "zig": "GOOD",
        "gcc": "BAD",
    }
    assert all(found["evidence"]["registers"] for found in row["toolchains"].values())
    text = bisectd("eval", "--rev", "depends", *what)
    assert text.code == 129
    assert "toolchains disagree about" in text.out
    assert "zig says GOOD, gcc says BAD" in text.out


def test_a_bisection_stops_where_toolchains_disagree(tiny: Path) -> None:
    installed("gcc")
    what = ("bisect", "--repo", tiny, "--good", "good", "--bad", "depends", *WHAT, "--target", "pmac32")
    ran = bisectd(*what, "--toolchain", "all", "--json")
    assert (ran.code, ran.json["outcome"]) == (129, "disagreement")
    seen = ran.json["detail"]["toolchains"]
    assert {name: found["verdict"] for name, found in seen.items()} == {"zig": "GOOD", "gcc": "BAD"}
    text = bisectd(*what, "--toolchain", "all")
    assert (text.code, "no verdict" in text.out) == (129, True)


def test_one_toolchain_cannot_be_compared(tiny: Path, tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path)}
    what = ("eval", "--repo", tiny, "--rev", "bad", *WHAT, "--target", "pmac32", "--toolchain", "all")
    ran = bisectd(*what, env=env)
    assert (ran.code, ran.out) == (USER, "")
    assert "--toolchain all compares compilers, and only one works here: gcc for PowerPC" in ran.err
