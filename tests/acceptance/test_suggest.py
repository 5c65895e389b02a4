# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd suggest` on the bundled history: the fix as it was posted becomes what it should have been."""

import random
from pathlib import Path

import pytest

from bisectd.demo import write_history
from tests.support.cli import Ran, bisectd
from tests.support.git_repos import git
from tests.support.posted_fix import FIXES, POSTED, STABLE, posted

CULPRIT = "powerpc: Add the ability to save FPU without giving it up"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suggest")
    write_history(folder / "history", work_tree=True)
    (folder / "posted.mbox").write_bytes(POSTED)
    return folder


def suggest(folder: Path, fix: str | Path, *options: str | Path) -> Ran:
    return bisectd("suggest", fix, "--repo", folder / "history", "--db", folder / "facts.db", *options)


def test_the_posted_fix_gives_the_tags_that_review_asked_for(folder: Path) -> None:
    found = suggest(folder, folder / "posted.mbox", "--json").json
    assert (found["fixes"], found["stable"]) == (FIXES, STABLE)
    cured = {(row["probe"], row["target"]) for row in found["probes"] if row["effect"] == "cured"}
    assert {("fpu-giveup-fe", "pmac32"), ("kvm-pr-host-sigfpe", "pmac32"), ("fpexc-disable", "g5")} <= cured
    assert "GIT_COMMIT_ID" in {remark["type"] for remark in found["remarks"]}


def test_the_corrected_patch_is_taken_and_the_log_ends_at_the_culprit(folder: Path) -> None:
    written, log = folder / "corrected.mbox", folder / "bisect.log"
    ran = suggest(folder, folder / "posted.mbox", "--write", written, "--bisect-log", log, "--regzbot")
    assert ran.code == 0
    assert "#regzbot introduced: " in ran.out
    history = folder / "history"
    git(history, "checkout", "-q", "--detach", "v5.0")
    git(history, "am", "-q", str(written))
    message = git(history, "log", "-1", "--format=%B")
    assert message.splitlines()[-3:-1] == [FIXES, STABLE]
    git(history, "bisect", "replay", str(log))
    first_bad = log.read_text().rstrip().splitlines()[-1]
    assert first_bad.startswith("# first bad commit: [")
    assert first_bad.endswith(CULPRIT)
    assert git(history, "rev-parse", "refs/bisect/bad") in first_bad
    git(history, "bisect", "reset")


def test_the_work_tree_and_the_objects_are_left_alone(folder: Path) -> None:
    history = folder / "history"
    git(history, "checkout", "-q", "--force", "master")
    before = git(history, "count-objects", "-v")
    assert suggest(folder, folder / "posted.mbox").code == 0
    assert (git(history, "status", "--porcelain"), git(history, "count-objects", "-v")) == ("", before)


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\x00\xff" * 50,
        POSTED.replace(b"ce393df243aa", b"1111111111aa").replace(b"msr &= ~MSR_FP;", b"nothing of the kind"),
        POSTED.partition(b"diff --git")[0],
    ],
    ids=["empty", "binary", "does-not-apply", "without-a-diff"],
)
def test_what_is_no_patch_gets_one_line(folder: Path, mail: bytes) -> None:
    (folder / "wrong.mbox").write_bytes(mail)
    ran = suggest(folder, folder / "wrong.mbox")
    assert ran.code == 128
    (said,) = (line for line in ran.err.splitlines() if not line.startswith("finding "))  # progress
    assert said.startswith("bisectd: ")


def test_line_ends_of_another_system_change_nothing(folder: Path) -> None:
    (folder / "crlf.mbox").write_bytes(posted().replace(b"\n", b"\r\n"))
    assert suggest(folder, folder / "crlf.mbox", "--json").json["fixes"] == FIXES


def test_mutated_mails_never_give_a_traceback(folder: Path) -> None:
    draw = random.Random(5)
    for number in range(12):  # each a process of its own; tests/unit has the rest on the reader
        mail = bytearray(POSTED)
        for _ in range(draw.randint(1, 30)):
            mail[draw.randrange(len(mail))] = draw.randrange(256)
        (folder / "mutated.mbox").write_bytes(mail)
        ran = suggest(folder, folder / "mutated.mbox", "--target", "pmac32")
        assert ran.code in {0, 128}, (number, ran.err)
        assert "Traceback" not in ran.err
