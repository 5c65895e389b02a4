# SPDX-License-Identifier: GPL-2.0-or-later
"""Every mistake gets one line that says what to do, an exit code of its own kind, and never a verdict."""

import json
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import BISECTD, Ran, bisectd, environment
from tests.support.git_repos import Version, build, git
from tests.support.tiny_kernel import PROCESS, bad, good, line_of

WHAT = ("--probe", "fpu-giveup-fe", "--target", "pmac32")
USER, MACHINE, UNTESTABLE = 128, 129, 125


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    build(tmp_path / "repository", line_of(good("a"), good("b"), bad("c")), tags={"v1": 0, "v2": 1, "v3": 2})
    return tmp_path / "repository"


def _bisect(repository: Path, good_rev: str, bad_rev: str, *what: str) -> Ran:
    return bisectd("bisect", "--repo", repository, "--good", good_rev, "--bad", bad_rev, *(what or WHAT))


def _is_one_line(ran: Ran, code: int, *parts: str) -> None:
    assert ran.code == code
    assert ran.out == ""
    assert ran.err.count("\n") == 1, ran.err
    assert ran.err.startswith("bisectd: ")
    assert "Traceback" not in ran.err
    for part in parts:
        assert part in ran.err


def test_not_a_repository(tmp_path: Path) -> None:
    _is_one_line(_bisect(tmp_path, "a", "b"), USER, str(tmp_path), "not a git repository")
    _is_one_line(_bisect(tmp_path / "missing", "a", "b"), USER, "missing", "not a git repository")


def test_unknown_revision_names_near_ones(repository: Path) -> None:
    _is_one_line(_bisect(repository, "v1", "v33"), USER, "unknown revision 'v33'", "did you mean v3")


def test_equal_ends(repository: Path) -> None:
    _is_one_line(
        _bisect(repository, "v1", "v1"), USER, "good revision v1 and bad revision v1 are the same commit"
    )


def test_swapped_ends(repository: Path) -> None:
    _is_one_line(
        _bisect(repository, "v3", "v1"), USER, "bad revision v1 is an ancestor of good revision v3: swap them"
    )


def test_unrelated_histories(tmp_path: Path) -> None:
    ids = build(tmp_path, [Version(good()), Version(bad(), parents=())])
    _is_one_line(_bisect(tmp_path, ids[0], ids[1]), USER, "no common history")


def test_shallow_clone(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    _is_one_line(_bisect(tmp_path / "shallow", "v1", "HEAD"), USER, "git fetch --unshallow")
    head = git(tmp_path / "shallow", "rev-parse", "HEAD~0")
    _is_one_line(_bisect(tmp_path / "shallow", head, "HEAD"), USER, "are the same commit")


def test_an_object_that_a_partial_clone_lacks_is_named(repository: Path, tmp_path: Path) -> None:
    lost = git(repository, "rev-parse", f"v3:{PROCESS}")
    (repository / "objects" / lost[:2] / lost[2:]).unlink(missing_ok=True)
    _drop_from_packs(repository, lost)
    _is_one_line(
        bisectd("eval", "--repo", repository, "--rev", "v3", *WHAT, cwd=tmp_path),
        MACHINE,
        lost,
        PROCESS,
        "git fetch",
    )


@pytest.mark.parametrize("whole", [False, True])
def test_the_advice_for_a_partial_clone_works(repository: Path, tmp_path: Path, whole: bool) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    git(repository, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{repository}", "partial")
    ask = ("eval", "--repo", tmp_path / "partial", "--rev", "v3", *WHAT)
    for _ in range(20):  # one object after the other
        ran = bisectd(*ask)
        if ran.code != MACHINE:
            break
        one, everything = re.findall(r"`git ([^`]*)`", ran.err)
        git(tmp_path / "partial", *(everything if whole else one).split())
    assert ran.code == 1, ran.err
    missing = git(tmp_path / "partial", "rev-list", "--objects", "--missing=print", "--all").count("?")
    assert (missing == 0) is whole


def _drop_from_packs(repository: Path, lost: str) -> None:
    """Unpack everything but one object, as a partial clone without its promisor would have it."""
    packs = list((repository / "objects" / "pack").glob("*.pack"))
    for pack in packs:
        data = pack.read_bytes()
        for file in pack.parent.glob(pack.stem + ".*"):
            file.unlink()
        git(repository, "unpack-objects", "-q", stdin=data)
    (repository / "objects" / lost[:2] / lost[2:]).unlink()


@pytest.mark.parametrize(
    ("what", "parts"),
    [
        (("--probe", "fpu-giveup-ef", "--target", "pmac32"), ("unknown probe", "fpu-giveup-fe")),
        (("--probe", "fpu-giveup-fe", "--target", "pmac23"), ("unknown target", "pmac32")),
        ((*WHAT, "--toolchain", "gc"), ("unknown toolchain", "gcc")),
    ],
)
def test_unknown_names_get_the_nearest(
    repository: Path, what: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    _is_one_line(_bisect(repository, "v1", "v3", *what), USER, *parts)


def test_unknown_commands_and_options(repository: Path) -> None:
    _is_one_line(bisectd("bisekt"), USER, "unknown command 'bisekt'", "did you mean bisect")
    _is_one_line(_bisect(repository, "v1", "v3", *WHAT, "--exhaustiv"), USER, "--exhaustive")
    _is_one_line(bisectd("bisect", "--repo", repository, *WHAT), USER, "--good")
    _is_one_line(_bisect(repository, "v1", "v3", *WHAT, "--jobs", "0"), USER, "--jobs")


def test_compiler_missing(repository: Path, tmp_path: Path) -> None:
    ran = bisectd(
        *("eval", "--repo", repository, "--rev", "v3", *WHAT, "--toolchain", "gcc"),
        env={"PATH": str(tmp_path)},
    )
    _is_one_line(ran, MACHINE, "gcc for PowerPC is not installed", "--toolchain zig")


@pytest.mark.parametrize(
    "text",
    [
        '#include "/etc/passwd"',
        "#include </etc/passwd>",
        '#include "../../../../../../etc/passwd"',
        '#define WHERE "/etc/passwd"\n#include WHERE',
        'asm(".incbin \\"/etc/passwd\\"");',
        'asm(".macro m a b\\n.\\\\a\\\\()\\\\b \\"/etc/passwd\\"\\n.endm\\nm inc bin");',
    ],
)
def test_code_that_reaches_for_the_machine_is_refused(tmp_path: Path, text: str) -> None:
    build(tmp_path, line_of({**good(), PROCESS: good()[PROCESS] + text + "\n"}))
    ran = bisectd("eval", "--repo", tmp_path, "--rev", "main", *WHAT, "--json")
    assert ran.code == UNTESTABLE
    assert ran.json["verdict"] == "UNTESTABLE"
    assert "root:" not in ran.out + ran.err


def test_newer_schema(repository: Path, tmp_path: Path) -> None:
    database = tmp_path / "new.db"
    assert _bisect(repository, "v1", "v3", *WHAT, "--db", str(database)).code == 0
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    ran = _bisect(repository, "v1", "v3", *WHAT, "--db", str(database))
    _is_one_line(ran, USER, "newer bisectd", "--db")


def test_not_a_database(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database at all, but long enough to be looked at\n" * 20)
    ran = _bisect(repository, "v1", "v3", *WHAT, "--db", str(tmp_path / "text.db"))
    _is_one_line(ran, USER, "is not an SQLite database")


def test_a_full_disk_loses_nothing(repository: Path, tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:  # noqa: S607
        pytest.skip("no user namespaces here, so no small disk can be mounted")
    (tmp_path / "disk").mkdir()
    command = " ".join(
        [*BISECTD, "eval", "--repo", str(repository), *WHAT, "--json", "--db", "disk/facts.db"]
    )
    script = f"""
        mount -t tmpfs -o size=2m none disk
        {command} --rev v1 > first.json
        cat /dev/zero > disk/filler 2> /dev/null
        {command} --rev v3 > full.json 2> full.err; echo $? > full.code
        rm disk/filler
        {command} --rev v3 > third.json
        {command} --rev v1 > again.json
    """
    subprocess.run(["unshare", "-rm", "sh", "-c", script], cwd=tmp_path, env=environment(), check=True)  # noqa: S607
    result = {name: (tmp_path / name).read_text() for name in ("full.json", "full.err", "full.code")}
    _is_one_line(
        Ran(int(result["full.code"]), result["full.json"], result["full.err"]), MACHINE, "disk is full"
    )
    assert not json.loads((tmp_path / "first.json").read_text())["cached"]
    assert json.loads((tmp_path / "third.json").read_text())["verdict"] == "BAD"
    assert json.loads((tmp_path / "again.json").read_text())["cached"]


def test_debug_shows_a_traceback(tmp_path: Path) -> None:
    ran = bisectd("--debug", "eval", "--repo", tmp_path, "--rev", "x", *WHAT)
    assert ran.code == USER
    assert "Traceback" in ran.err
    assert ran.err.splitlines()[-1].startswith("bisectd: ")


@pytest.mark.parametrize(
    "arguments", [("HEAD~x", "a"), ("v1..v9", "a"), ("v1..v3", ":(glob)*.c"), ("v1..v3", "/etc")]
)
def test_log_refuses_what_it_cannot_walk(repository: Path, arguments: tuple[str, ...]) -> None:
    _is_one_line(bisectd("log", "--repo", repository, arguments[0], "--", *arguments[1:]), USER)


def test_log_gives_what_git_gives(repository: Path) -> None:
    ran = bisectd("log", "--repo", repository, "v1..v3", "--", PROCESS)
    assert ran.out == git(repository, "log", "--format=%H", "v1..v3", "--", PROCESS) + "\n"
    everything = bisectd("log", "--repo", repository, "v3", "--", "arch", "README")
    assert everything.out == git(repository, "log", "--format=%H", "v3", "--", "arch", "README") + "\n"


def test_log_takes_a_revision_that_holds_blanks(repository: Path) -> None:
    revision = "v3^{/step 1}"  # the commit before it, by its subject
    ran = bisectd("log", "--repo", repository, revision, "--", PROCESS)
    assert ran.out == git(repository, "log", "--format=%H", revision, "--", PROCESS) + "\n"
    assert ran.out.count("\n") == 2
    _is_one_line(bisectd("log", "--repo", repository, "v1 v3", "--", PROCESS), USER, "v1 v3")
