# SPDX-License-Identifier: GPL-2.0-or-later
"""What the command line looks like: help, output that cannot be written, lines that are not broken."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import BISECTD, bisectd, environment
from tests.support.git_repos import Version, build
from tests.support.tiny_kernel import bad, good, line_of

WHAT = ("--probe", "fpu-giveup-fe", "--target", "pmac32")
MACHINE = 129


def test_without_arguments_it_shows_its_help() -> None:
    alone, asked = bisectd(), bisectd("--help")
    assert (alone.code, alone.err) == (0, "")
    assert alone.out == asked.out
    assert "Usage: bisectd" in alone.out


def test_no_line_of_the_list_of_commands_is_cut() -> None:
    assert "..." not in bisectd(env={"COLUMNS": "80"}).out.partition("Commands:")[2]


def test_debug_is_taken_after_the_command_too(tmp_path: Path) -> None:
    ran = bisectd("eval", "--repo", tmp_path, "--rev", "x", *WHAT, "--debug")
    assert ran.code == 128
    assert "Traceback" in ran.err
    after_dashes = bisectd("log", "--repo", tmp_path, "x", "--", "--debug")
    assert "Traceback" not in after_dashes.err


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_an_answer_that_cannot_be_written_is_a_failure_of_the_machine(form: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [*BISECTD, "probes", *form]
        ran = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment()
        )
    assert ran.returncode == MACHINE
    assert ran.stderr == "bisectd: cannot write the output: No space left on device\n"


def test_a_message_that_cannot_be_written_leaves_the_exit_code(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [*BISECTD, "eval", "--repo", str(tmp_path), "--rev", "x", *WHAT]
        ran = subprocess.run(command, stdout=full, stderr=full, check=False, env=environment())
    assert ran.returncode == 128


def test_a_demo_repository_that_cannot_be_written() -> None:
    ran = bisectd("demo", "--write-repo", "/proc/x")
    assert ran.code == MACHINE
    assert ran.err.startswith("bisectd: cannot write the bundled history to /proc/x: ")
    assert ran.err.count("\n") == 1


def test_a_demo_on_a_full_disk(tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:  # noqa: S607
        pytest.skip("no user namespaces here, so no small disk can be mounted")
    (tmp_path / "disk").mkdir()
    script = f"""
        mount -t tmpfs -o size=64k none disk
        {" ".join(BISECTD)} demo > demo.out 2> demo.err; echo $? > demo.code
        {" ".join(BISECTD)} demo --write-repo disk/work > work.out 2> work.err; echo $? > work.code
    """
    env = environment({"XDG_DATA_HOME": str(tmp_path / "disk")})
    subprocess.run(["unshare", "-rm", "sh", "-c", script], cwd=tmp_path, env=env, check=True)  # noqa: S607
    for name in ("demo", "work"):
        code, out, err = ((tmp_path / f"{name}.{part}").read_text() for part in ("code", "out", "err"))
        assert (int(code), out, err.count("\n")) == (MACHINE, "", 1), err
        assert err.startswith("bisectd: cannot write the bundled history to ")


def test_a_subject_is_never_broken(tmp_path: Path) -> None:
    subject = "powerpc: a subject that is much wider than the terminal " * 3
    build(tmp_path, [Version(good()), Version(bad(), message=subject.strip())], tags={"v1": 0, "v2": 1})
    narrow = {"COLUMNS": "60"}
    ran = bisectd("bisect", "--repo", tmp_path, "--good", "v1", "--bad", "v2", *WHAT, env=narrow)
    assert ran.code == 0, ran.err
    for label in ("culprit: ", "  itself  "):
        (line,) = (line for line in ran.out.splitlines() if line.startswith(label))
        assert subject.strip() in line
    ran = bisectd("eval", "--repo", tmp_path, "--rev", "v2", *WHAT, env=narrow)
    assert subject.strip() in ran.out.splitlines()[0]


def test_what_broke_and_was_fixed_is_told(tmp_path: Path) -> None:
    build(tmp_path, line_of(good("a"), bad("b"), good("c")), tags={"v1": 0, "v3": 2})
    ask = ("bisect", "--repo", tmp_path, "--good", "v1", "--bad", "v3", *WHAT, "--exhaustive")
    ran = bisectd(*ask)
    assert "nothing is broken at the bad end: what broke in between was fixed" in ran.out
    assert "commits of the range may matter; 3 judged, its ends and parents included" in ran.out
    assert json.loads(bisectd(*ask, "--json").out)["outcome"] == "no-regression"


def test_doctor_writes_no_history(tmp_path: Path) -> None:
    env = {"XDG_DATA_HOME": str(tmp_path / "data")}
    rows = {row["name"]: row for row in bisectd("doctor", "--json", env=env).json}
    assert rows["bundled history"]["detail"].endswith(".git (written by the first bisectd demo)")
    assert not list(tmp_path.glob("data/bisectd/demo-*"))
    assert bisectd("demo", env=env).code == 0
    rows = {row["name"]: row for row in bisectd("doctor", "--json", env=env).json}
    (written,) = tmp_path.glob("data/bisectd/demo-*")
    assert rows["bundled history"]["detail"] == str(written)


def test_a_message_does_not_drive_the_terminal(tmp_path: Path) -> None:
    ran = bisectd("log", "--repo", tmp_path / "a\x1b[31mb\nc", "HEAD")
    assert ran.code == 128
    assert "a\\x1b[31mb c" in ran.err
    assert ran.err.count("\n") == 1
