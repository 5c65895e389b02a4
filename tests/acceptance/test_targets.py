# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets on the command line: a file of the user's own."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from tests.support.cli import Ran, bisectd
from tests.support.git_repos import build
from tests.support.tiny_kernel import bad, good, line_of

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
