# SPDX-License-Identifier: GPL-2.0-or-later
"""The bundled history as git sees it."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from bisectd.demo import HEAD_ID, RANGE_BAD, RANGE_GOOD, write_history
from bisectd.demo.ledger import LEDGER
from bisectd.domain.commit import Commit
from tests.support.demo_history import commit, parents, subjects
from tests.support.git_repos import git

PROCESS = "arch/powerpc/kernel/process.c"
FPU = "arch/powerpc/kernel/fpu.S"
UNIT = (PROCESS, FPU, "arch/powerpc/kernel/vector.S", "arch/powerpc/include", "include/linux/sched.h")
# Ids from the mainline kernel, in the order in which this history has them.
MAINLINE = {
    "de79f7b9f6f92ec1bd6f61fa1f20de60728a5b5e": "Put FP/VSX and VR state into structures",
    "18461960cbf50bf345ef0667d45d5f64de8fb893": (
        "Provide for giveup_fpu/altivec to save state in alternate location"
    ),
    "af1bbc3dd3d501d27da72e1764afe5f5b0d3882d": (
        "Remove UP only lazy floating point and vector optimisations"
    ),
    "d272f6670a0bcc91fa50c234088d21cd6ac30af4": "Explicitly disable math features when copying thread",
    "de2a20aa7237b45d3c14a2505804a8daa95a8f53": "Prepare for splitting giveup_{fpu, altivec, vsx} in two",
    "8792468da5e1": "Add the ability to save FPU without giving it up",
    "6f515d842e8e1b205e54f44b9013bf14870b97a7": "Add the ability to save Altivec without giving it up",
    "bf6a4d5b75d1ea87897fe68d0e45d35a2996c678": "Add the ability to save VSX without giving it up",
    "fe1ef6bcdb4fca33434256a802a3ed6aacf0bd2f": "Fix 32-bit KVM-PR lockup and host crash with MacOS guest",
    "5e1d824f9a283cbf90f25241b66d1f69adb3835b": "Don't clobber f0/vs0 during fp|altivec register save",
}
CULPRIT = f"powerpc: {MAINLINE['8792468da5e1']}"
FIX = f"powerpc: {MAINLINE['fe1ef6bcdb4fca33434256a802a3ed6aacf0bd2f']}"
# The fix as it was posted, in facts: where it is, what stands around it, and what it changes.
HUNK = """\
diff --git a/arch/powerpc/kernel/process.c b/arch/powerpc/kernel/process.c
index ce393df243aa..71bad4b6f80d 100644
--- a/arch/powerpc/kernel/process.c
+++ b/arch/powerpc/kernel/process.c
@@ -176,7 +176,7 @@ static void __giveup_fpu(struct task_struct *tsk)
 \n\tsave_fpu(tsk);
 \tmsr = tsk->thread.regs->msr;
-\tmsr &= ~MSR_FP;
+\tmsr &= ~(MSR_FP|MSR_FE0|MSR_FE1);
 #ifdef CONFIG_VSX
 \tif (cpu_has_feature(CPU_FTR_VSX))
 \t\tmsr &= ~MSR_VSX;
""".replace("\n\tsave_fpu", "\n \tsave_fpu")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "history"
    assert write_history(path, work_tree=True) == HEAD_ID
    return path


def show(repository: Path, revision: str, path: str) -> str:
    return git(repository, "show", f"{revision}:{path}")


def code(repository: Path, revision: str, path: str) -> str:
    """A file without its comments, and with white space made equal."""
    text = re.sub(r"/\*.*?\*/", " ", show(repository, revision, path), flags=re.DOTALL)
    return " ".join(text.split())


def test_every_run_gives_the_same_history(repository: Path, tmp_path: Path) -> None:
    assert write_history(tmp_path / "bare", work_tree=False) == HEAD_ID
    names = "show-ref", "--head"
    assert git(tmp_path / "bare", *names) == git(repository, *names)


def test_git_finds_nothing_wrong_with_it(repository: Path) -> None:
    assert git(repository, "fsck", "--strict", "--full") == ""


def test_it_is_an_ordinary_repository(repository: Path, tmp_path: Path) -> None:
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "symbolic-ref", "HEAD") == "refs/heads/master"
    assert (repository / PROCESS).read_text().removesuffix("\n") == show(repository, "HEAD", PROCESS)
    git(tmp_path, "clone", "-q", str(repository), "clone")
    assert git(tmp_path / "clone", "rev-parse", "HEAD").strip() == HEAD_ID


def test_it_is_as_long_as_promised(repository: Path) -> None:
    assert int(git(repository, "rev-list", "--count", RANGE_GOOD)) > 100
    assert int(git(repository, "rev-list", "--count", f"{RANGE_GOOD}..{RANGE_BAD}")) > 1_800
    assert int(git(repository, "rev-list", "--count", "--merges", "HEAD")) > 100
    releases = [f"v4.{minor}" for minor in range(4, 21)] + ["v5.0", "v5.1"]
    tags = git(repository, "tag").split()
    assert set(releases) < set(tags)
    assert {git(repository, "cat-file", "-t", tag).strip() for tag in releases} == {"tag"}
    for earlier, later in pairwise(releases):
        git(repository, "merge-base", "--is-ancestor", earlier, later)


def test_most_of_it_has_nothing_to_do_with_the_unit(repository: Path) -> None:
    every = git(repository, "rev-list", "--count", "HEAD")
    unit = git(repository, "rev-list", "--full-history", "--count", "HEAD", "--", *UNIT)
    assert 30 <= int(unit) < int(every) / 20


def test_no_commit_is_older_than_its_parents(repository: Path) -> None:
    log = git(repository, "log", "--all", "--format=%H %ct %P").splitlines()
    times = {line.split()[0]: int(line.split()[1]) for line in log}
    for line in log:
        child, _, *its_parents = line.split()
        assert all(times[child] >= times[parent] for parent in its_parents), child


def test_releases_come_in_their_months(repository: Path) -> None:
    form = "--format=%(refname:short) %(taggerdate:format:%Y-%m)"
    lines = [line.split() for line in git(repository, "tag", "-l", form).splitlines()]
    months = dict(line for line in lines if len(line) == 2)  # candidates have no date of their own
    assert (months["v4.4"], months["v4.6"], months["v5.1"]) == ("2016-01", "2016-05", "2019-05")


def test_commits_name_the_mainline_commits_they_stand_for(repository: Path) -> None:
    found = {}
    for record in git(repository, "log", "-z", "--reverse", "--format=%s%x01%B", "master").split("\0"):
        subject, _, message = record.partition("\1")
        upstream = Commit("", (), 0, message).upstream
        if upstream:
            found[upstream] = subject.removeprefix("powerpc: ")
    assert found == MAINLINE
    assert list(found) == list(MAINLINE)  # in this order


def test_culprit_and_fix_lie_where_mainline_has_them(repository: Path) -> None:
    assert git(repository, "tag", "--sort=creatordate", "--contains", commit(repository, CULPRIT)).split()[
        0
    ] == ("v4.6-rc1")
    assert git(repository, "tag", "--sort=creatordate", "--contains", commit(repository, FIX)).split()[0] == (
        "v5.1-rc1"
    )


def test_the_fix_as_posted_applies_where_it_was_posted_for(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "-b", "v5.0", str(repository), "clone")
    git(tmp_path / "clone", "apply", "--index", "-", stdin=HUNK.encode())
    assert git(tmp_path / "clone", "diff", "--cached", "-U3").splitlines()[4:] == HUNK.splitlines()[4:]


def test_subjects_of_the_ledger_are_there_once(repository: Path) -> None:
    counted = Counter({subject: len(found) for subject, found in subjects(repository).items()})
    assert {counted[expected.subject] for row in LEDGER.values() for expected in row} == {1}


# -- what breaks naive bisection; docs/demo-history.md -------------------------------------------------------


def test_comments_alone_change_next_to_the_culprit(repository: Path) -> None:
    unit = git(repository, "log", "--format=%s", "v4.5..v4.6", "--", PROCESS).splitlines()
    place = unit.index(CULPRIT)
    assert unit[place + 1] == "powerpc: Say in process.c who calls giveup_fpu()"
    assert unit[place - 1] == "powerpc: Describe what __giveup_fpu() does"
    for subject in (unit[place + 1], unit[place - 1]):
        changed = commit(repository, subject)
        assert show(repository, changed, PROCESS) != show(repository, f"{changed}^", PROCESS)
        assert code(repository, changed, PROCESS) == code(repository, f"{changed}^", PROCESS)


def test_a_header_is_renamed(repository: Path) -> None:
    renamed = commit(repository, "powerpc: Rename asm/fp_regs.h to asm/fpstate.h")
    changes = git(repository, "show", "-M", "--name-status", "--format=", renamed)
    assert "arch/powerpc/include/asm/fp_regs.h\tarch/powerpc/include/asm/fpstate.h" in changes


def test_fpu_lies_elsewhere_for_a_while(repository: Path) -> None:
    away = commit(repository, "powerpc: Move fpu.S into a directory of its own")
    back = commit(repository, "powerpc: Move fpu.S back")
    assert show(repository, away, "arch/powerpc/kernel/fp/fpu.S") == show(repository, f"{away}^", FPU)
    assert '#include "fp/fpu.S"' in show(repository, away, FPU)
    assert show(repository, back, FPU) == show(repository, f"{back}^", "arch/powerpc/kernel/fp/fpu.S")


def test_a_header_alone_changes_what_the_code_does(repository: Path) -> None:
    for subject in (
        "powerpc: Count the bits of the MSR again",
        "powerpc: Put MSR_FE0 and MSR_SE back in their places",
    ):
        changed = git(repository, "show", "--name-only", "--format=", commit(repository, subject)).split()
        assert changed == ["arch/powerpc/include/asm/reg.h"]


@pytest.mark.parametrize("subject", ["powerpc: Use IS_ENABLED() in with_vsx()", CULPRIT])
def test_a_side_branch_reverts_and_applies_again(repository: Path, subject: str) -> None:
    reverted, again = commit(repository, f'Revert "{subject}"'), commit(repository, f'Reapply "{subject}"')
    git(repository, "merge-base", "--is-ancestor", reverted, again)
    main_line = git(repository, "rev-list", "--first-parent", "master").split()
    assert reverted not in main_line
    before, after = (show(repository, revision, PROCESS) for revision in (f"{reverted}^", again))
    assert before == after != show(repository, reverted, PROCESS)


def test_an_octopus_merges_changes_of_the_unit(repository: Path) -> None:
    subject = "Merge branches 'topic/prctl', 'topic/decrementer', 'topic/return-value' into powerpc"
    octopus = commit(repository, subject)
    assert len(parents(repository, octopus)) == 4
    for parent in parents(repository, octopus):
        assert git(repository, "diff", "--name-only", parent, octopus, "--", *UNIT)


def test_a_merge_changes_what_no_parent_changed(repository: Path) -> None:
    evil = commit(repository, "Merge branch 'topic/tidy' into powerpc")
    assert "msr &= ~(MSR_FP|MSR_FE0);" in show(repository, evil, PROCESS)
    for parent in parents(repository, evil):
        assert "msr &= ~(MSR_FP|MSR_FE0|MSR_FE1);" in show(repository, parent, PROCESS)


def test_there_are_two_roots_and_one_has_no_unit(repository: Path) -> None:
    roots = git(repository, "rev-list", "--max-parents=0", "HEAD").split()
    has_unit = [bool(git(repository, "ls-tree", root, PROCESS)) for root in roots]
    assert sorted(has_unit) == [False, True]


def test_a_branch_from_before_the_good_release_is_merged_after_the_culprit(repository: Path) -> None:
    merge = commit(repository, "Merge branch 'legacy' into powerpc")
    main, side = parents(repository, merge)
    git(repository, "merge-base", "--is-ancestor", commit(repository, CULPRIT), main)
    base = git(repository, "merge-base", main, side).strip()
    git(repository, "merge-base", "--is-ancestor", base, f"{RANGE_GOOD}^")
    assert git(repository, "log", "--format=%s", f"{base}..{side}", "--", *UNIT)


def test_one_stable_branch_has_the_fix_and_one_has_not(repository: Path) -> None:
    upstream = "\\[ Upstream commit fe1ef6bcdb4fca33434256a802a3ed6aacf0bd2f \\]"
    picked = git(repository, "log", "--format=%H", f"--grep={upstream}", "v4.19..linux-4.19.y").split()
    assert len(picked) == 1
    assert "v4.19.4" in git(repository, "tag", "--contains", picked[0]).splitlines()
    assert not git(repository, "log", "--format=%H", "--grep=fe1ef6bcdb4f", "v4.9..linux-4.9.y")
    assert "msr &= ~MSR_FP;" in show(repository, "linux-4.9.y", PROCESS)
    named = git(repository, "log", "--format=%b", "--no-merges", "v4.9..linux-4.9.y")
    for mainline in re.findall(r"^commit ([0-9a-f]{40}) upstream\.$", named, re.MULTILINE)[:10]:
        git(repository, "merge-base", "--is-ancestor", mainline, "master")
