# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd suggest` on the bundled history: the fix as it was first posted, and what else may be given."""

import json
import zlib
from pathlib import Path

import pytest

from bisectd.demo import write_history
from bisectd.services.fix import of_mails
from bisectd.services.suggestion import Question, suggest
from bisectd.services.suggestion_report import as_json
from tests.support.cli import Ran, bisectd
from tests.support.demo_history import commit
from tests.support.git_repos import git
from tests.support.posted_fix import DIFF, FIXES, POSTED, STABLE, posted

CULPRIT = "powerpc: Add the ability to save FPU without giving it up"
CURED = {
    "fpu-giveup-fe", "fpexc-disable", "kvm-pr-host-sigfpe", "fpu-preempt",
    "vsx-giveup", "giveup-all", "enable-kernel-fp",
}  # fmt: skip


class Place:
    """The bundled history, a database that all tests share, and a folder for files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = folder / "history"
        self.database = folder / "facts.db"
        write_history(self.repository, work_tree=True)

    def file(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def suggest(self, fix: object, *options: object) -> Ran:
        return bisectd("suggest", fix, "--repo", self.repository, "--db", self.database, *options)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("suggest"))


def test_the_fix_as_first_posted(place: Place) -> None:
    fix = place.file("posted.mbox", POSTED)
    written, log, reply = (place.folder / name for name in ("fixed.mbox", "bisect.log", "reply.txt"))
    head = git(place.repository, "rev-parse", "HEAD")
    ran = place.suggest(fix, "--json", "--regzbot", "--write", written, "--bisect-log", log, "--reply", reply)
    assert ran.code == 0, ran.err
    found = ran.json
    assert (found["fixes"], found["stable"], found["first_affected"]) == (FIXES, STABLE, "v4.6")
    assert found["additions"] == [FIXES, STABLE]
    assert found["base"]["name"] == "v5.0"
    assert found["patch"]["functions"] == ["__giveup_fpu"]
    assert {one["probe"] for one in found["probes"] if one["effect"] == "cured"} == CURED
    assert [one for one in found["probes"] if one["effect"] == "broken"] == []
    assert {one["origin"]["commit"] for one in found["probes"] if one["origin"]} == {
        commit(place.repository, CULPRIT)
    }
    types = [remark["type"] for remark in found["remarks"]]
    assert types == ["GIT_COMMIT_ID", "MISSING_FIXES_TAG", "MISSING_STABLE_TAG"]
    _releases(found)
    _reached(found)
    assert found["regzbot"].startswith("#regzbot introduced: 8792468da5e1\n#regzbot title: ")
    assert FIXES in reply.read_text()
    assert "In-Reply-To: <20190208143319.4711-1-noor@mini.example.org>" in reply.read_text()
    _git_takes(place, written, log)
    assert git(place.repository, "rev-parse", "HEAD") == head
    assert git(place.repository, "status", "--porcelain") == ""


def _releases(found: dict[str, object]) -> None:
    lines = {line["line"]: line for line in found["releases"]}  # type: ignore[attr-defined]
    affected = [name for line in lines.values() for name in line["affected"]]
    mainline = [f"v4.{minor}" for minor in range(6, 21)] + ["v5.0"]
    assert [name for name in affected if name.count(".") == 1 and name[0] == "v"] == mainline
    assert lines["4.9"]["open"]
    assert lines["4.19"]["affected"] == ["v4.19", "v4.19.1", "v4.19.2", "v4.19.3"]
    assert not lines["4.19"]["open"]


def _reached(found: dict[str, object]) -> None:
    reached = {one["line"]: (one["how"], one["release"]) for one in found["reached"]}  # type: ignore[attr-defined]
    assert reached == {"mainline": ("equal", "v5.1"), "4.19": ("upstream", "v4.19.4")}


def _git_takes(place: Place, written: Path, log: Path) -> None:
    clone = place.folder / "clone"
    git(place.folder, "clone", "-q", "-b", "v5.0", str(place.repository), str(clone))
    git(clone, "am", "-q", str(written))
    assert f"{FIXES}\n{STABLE}\nSigned-off-by: Noor" in git(clone, "log", "-1", "--format=%B")
    said = git(clone, "bisect", "replay", str(log))
    assert f"{commit(place.repository, CULPRIT)} is the first bad commit" in said
    git(clone, "bisect", "reset")


def test_library_and_command_agree(place: Place) -> None:
    fix = place.file("posted.mbox", POSTED)
    by_command = place.suggest(fix, "--json", "--target", "pmac32").json
    question = Question(str(place.repository), "pmac32", database=str(place.database))
    by_call = json.loads(json.dumps(as_json(suggest(question, lambda _: of_mails(POSTED)))))
    for told in (by_command, by_call):
        del told["seconds"], told["judged"], told["cached"]
    assert by_call == by_command


def test_a_right_patch_gets_nothing_added(place: Place) -> None:
    message = f"Clear all three bits.\n\n{FIXES}\n{STABLE}\nSigned-off-by: N <n@example.org>\n"
    fix = place.file("right.mbox", posted(message))
    written = place.folder / "right.out"
    found = place.suggest(fix, "--json", "--target", "pmac32", "--write", written).json
    assert (found["additions"], found["remarks"]) == ([], [])
    assert written.read_bytes() == fix.read_bytes()


def test_a_wrong_fixes_line_is_told(place: Place) -> None:
    other = 'Fixes: 6f515d842e8e ("powerpc: Add the ability to save Altivec without giving it up")'
    fix = place.file("wrong.mbox", posted(f"Text.\n\n{other}\nSigned-off-by: N <n@example.org>\n"))
    found = place.suggest(fix, "--json", "--target", "pmac32").json
    assert [one["type"] for one in found["remarks"]] == ["BAD_FIXES_TAG", "MISSING_STABLE_TAG"]
    assert FIXES in found["remarks"][0]["text"]


def test_the_fix_itself_reversed_breaks_what_it_cured(place: Place) -> None:
    reverse = DIFF.replace("-\tmsr", "?\tmsr").replace("+\tmsr", "-\tmsr").replace("?\tmsr", "+\tmsr")
    lines = reverse.splitlines(keepends=True)
    minus = next(n for n, line in enumerate(lines) if line.startswith("+\tmsr"))
    lines[minus], lines[minus + 1] = lines[minus + 1], lines[minus]
    fix = place.file("reverse.diff", "".join(lines).encode())
    found = place.suggest(fix, "--json", "--target", "pmac32").json
    effects = {one["probe"]: one["effect"] for one in found["probes"]}
    assert effects["fpu-giveup-fe"] == "broken"
    assert "cured" not in effects.values()
    assert (found["fixes"], found["stable"]) == (None, None)


def test_a_commit_whose_fault_was_always_there(place: Place) -> None:
    fix = commit(place.repository, "powerpc: Don't clobber f0/vs0 during fp|altivec register save")
    found = place.suggest(fix, "--json", "--target", "pmac32").json
    (cured,) = (one for one in found["probes"] if one["effect"] == "cured")
    assert cured["probe"] == "fp-save-keeps-f0"
    assert found["base"]["how"] == "the commit's parent"
    origin = found["origin"]
    subject = "powerpc: Provide for giveup_fpu/altivec to save state in alternate location"
    assert (origin["outcome"], origin["with_function"]) == ("always", True)
    assert origin["commit"] == commit(place.repository, subject)
    assert "the unit has no function store_fp_state" in origin["before"]
    assert found["fixes"] == f'Fixes: 18461960cbf5 ("{subject}")'
    assert (found["stable"], found["first_affected"]) == (f"{STABLE.partition(' #')[0]} # v4.4+", "v4.4")
    affected = [name for line in found["releases"] for name in line["affected"]]
    assert (affected[0], affected[-1]) == ("v4.4", "v5.1")


def test_an_ambiguous_abbreviation_gets_more_digits(place: Place, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    git(tmp_path, "clone", "-q", "--no-hardlinks", str(place.repository), str(copy))
    subject = "powerpc: Count the bits of the MSR again"
    culprit = commit(place.repository, subject)
    twin = culprit[:13] + ("0" if culprit[13] != "0" else "1") + culprit[14:]
    folder = copy / ".git/objects" / twin[:2]
    folder.mkdir(exist_ok=True)
    (folder / twin[2:]).write_bytes(zlib.compress(b"blob 1\0x"))
    fix = commit(place.repository, "powerpc: Put MSR_FE0 and MSR_SE back in their places")
    found = bisectd(
        "suggest", fix, "--repo", copy, "--db", place.database, "--json", "--target", "pmac32"
    ).json  # fmt: skip
    assert found["fixes"] == f'Fixes: {culprit[:14]} ("{subject}")'
    # It broke and healed between two candidates: older releases are BAD of another fault.
    assert (found["stable"], found["first_affected"]) == (None, None)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no patch in it"),
        (b"\0\xff" * 500, "no patch in it"),
        (POSTED.replace(b" \tsave_fpu(tsk);", b" \tsave_cpu(tsk);"), "applies to no release"),
        (POSTED.replace(b"[PATCH]", b"[PATCH 1/2]") * 2, "--patch N"),
        (POSTED.replace(b" \tsave_fpu(tsk);", b"\x1b[2J"), "damaged"),
    ],
)
def test_what_cannot_be_answered_is_said_in_one_line(place: Place, data: bytes, said: str) -> None:
    ran = place.suggest(place.file("bad.mbox", data))
    assert (ran.code, ran.out) == (128, "")
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert "\x1b" not in ran.err


def test_an_attachment_is_read_but_not_written(place: Place) -> None:
    head, _, body = POSTED.partition(b"\n\n")
    message, _, diff = body.partition(b"---\n")
    head = head.replace(b'text/plain; charset="utf-8"', b'multipart/mixed; boundary="x"')
    parts = (b"text/plain; charset=utf-8\n\n" + message, b'text/x-patch; name="fix.patch"\n\n---\n' + diff)
    mail = head + b"\n\n" + b"".join(b"--x\nContent-Type: " + part + b"\n" for part in parts) + b"--x--\n"
    fix, written = place.file("attached.mbox", mail), place.folder / "attached.out"
    found = place.suggest(fix, "--json", "--target", "pmac32").json
    assert found["additions"] == [FIXES, STABLE]
    ran = place.suggest(fix, "--target", "pmac32", "--write", written)
    assert (ran.code, ran.out, written.exists()) == (128, "", False)
    assert "bisectd: the patch is an attachment: " in ran.err


def test_what_is_neither_file_nor_commit(place: Place) -> None:
    ran = place.suggest("no-such-thing")
    assert ran.code == 128
    assert "is no file, no maildir and no commit" in ran.err
