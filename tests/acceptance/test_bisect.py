# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd bisect` on small real repositories, each with one thing that makes bisection hard."""

import subprocess
from pathlib import Path

import pytest

from tests.support.cli import BISECTD, Ran, bisectd, environment
from tests.support.git_repos import Version, build, git
from tests.support.tiny_kernel import FPU, PROCESS, REG, bad, broken, good, line_of

WHAT = ("--probe", "fpu-giveup-fe", "--target", "pmac32")


def _bisect(repository: Path, good_ids: list[str], bad_id: str, *more: str) -> Ran:
    goods = [option for commit in good_ids for option in ("--good", commit)]
    return bisectd("bisect", "--repo", repository, *goods, "--bad", bad_id, *WHAT, "--json", *more)


def test_the_culprit_and_the_fixes_line(tmp_path: Path) -> None:
    ids = build(tmp_path, line_of(good("a"), good("b"), good("c"), bad("d"), bad("e"), bad("f")))
    ran = _bisect(tmp_path, [ids[0]], ids[-1])
    assert ran.code == 0
    found = ran.json
    assert found["schema"] == "bisectd.bisect/1"
    assert found["outcome"] == "culprit"
    assert found["culprit"] == {"commit": ids[3], "subject": "step 3", "upstream": None}
    assert found["fixes"] == f'Fixes: {ids[3][:12]} ("step 3")'
    assert found["transitions"] == [
        {
            "kind": "introduced",
            "commit": ids[3],
            "subject": "step 3",
            "parents": [ids[2]],
            "from": "GOOD",
            "to": "BAD",
            "commits": [ids[3]],
        }
    ]
    assert found["classes"] == 2
    assert found["commits"] == 5
    assert f"{ids[3][:12]} is BAD" in ran.err


def test_a_second_run_answers_from_the_store(tmp_path: Path) -> None:
    ids = build(tmp_path, line_of(good("a"), good("b"), bad("c"), bad("d")))
    first, second = (_bisect(tmp_path, [ids[0]], ids[-1]).json for _ in range(2))
    assert first["cached"] == 0
    assert second["cached"] == second["evaluations"] == first["evaluations"]
    volatile = {"cached": 0, "seconds": 0}
    assert {**first, **volatile} == {**second, **volatile}


def test_a_header_alone_can_be_the_culprit(tmp_path: Path) -> None:
    changed = {**good(), REG: good()[REG].replace("0x800", "0x400")}
    ids = build(tmp_path, line_of(good(), {**good(), "README": "x"}, changed, {**changed, "README": "x"}))
    found = _bisect(tmp_path, [ids[0]], ids[-1]).json
    assert found["culprit"]["commit"] == ids[2]
    assert found["commits"] == 1


def test_a_header_that_appears_before_the_one_that_was_read_is_seen(tmp_path: Path) -> None:
    shadow = "arch/powerpc/kernel/asm/reg.h"
    include = {**good(), PROCESS: good()[PROCESS].replace("<asm/reg.h>", '"asm/reg.h"')}
    wrong = good()[REG].replace("0x100", "0x200")
    ids = build(tmp_path, line_of(include, {**include, shadow: wrong}))
    found = _bisect(tmp_path, [ids[0]], ids[-1]).json
    assert found["culprit"]["commit"] == ids[1]


def test_a_header_that_only_versions_in_between_read_is_found(tmp_path: Path) -> None:
    uses = {**good("x"), PROCESS: good("x")[PROCESS].replace("<asm/reg.h>", "<asm/fe.h>")}
    fe, right = "arch/powerpc/include/asm/fe.h", "#include <asm/reg.h>\n"
    wrong = "#include <asm/reg.h>\n#undef MSR_FE1\n#define MSR_FE1 0\n"
    trees = [good(), {**uses, fe: right}, {**uses, fe: wrong}, {**uses, fe: wrong + "\n"}, bad("end")]
    ids = build(tmp_path, line_of(*trees))
    found = _bisect(tmp_path, [ids[0]], ids[-1], "--exhaustive").json
    assert found["culprit"]["commit"] == ids[2]
    assert [row["commit"] for row in found["transitions"]] == [ids[2]]


def test_untestable_neighbours_give_a_range(tmp_path: Path) -> None:
    ids = build(tmp_path, line_of(good("a"), good("b"), broken("c"), broken("d"), bad("e"), bad("f")))
    found = _bisect(tmp_path, [ids[0]], ids[-1]).json
    assert found["outcome"] == "range"
    assert found["detail"] == {"commits": ids[2:5]}
    assert (found["culprit"], found["fixes"]) == (None, None)


def test_untestable_commits_away_from_the_change_do_not_blur_it(tmp_path: Path) -> None:
    ids = build(tmp_path, line_of(good("a"), broken("b"), good("c"), bad("d"), broken("e"), bad("f")))
    assert _bisect(tmp_path, [ids[0]], ids[-1]).json["culprit"]["commit"] == ids[3]


def test_an_evil_merge_can_be_the_culprit(tmp_path: Path) -> None:
    versions = [
        Version(good("base")),
        Version(good("left"), parents=(0,)),
        Version({**good("base"), "drivers/x.c": "1"}, parents=(0,)),
        Version({**bad("merged"), "drivers/x.c": "1"}, parents=(1, 2)),
        Version({**bad("later"), "drivers/x.c": "1"}, parents=(3,)),
    ]
    ids = build(tmp_path, versions)
    found = _bisect(tmp_path, [ids[0]], ids[-1]).json
    assert found["culprit"]["commit"] == ids[3]
    assert found["transitions"][0]["parents"] == [ids[1], ids[2]]


def test_a_merge_that_brings_the_fault_in_is_not_the_culprit(tmp_path: Path) -> None:
    versions = [
        Version(good("base")),
        Version(good("main"), parents=(0,)),
        Version(bad("side"), parents=(0,)),
        Version(bad("merged"), parents=(1, 2)),
    ]
    ids = build(tmp_path, versions)
    assert _bisect(tmp_path, [ids[0]], ids[-1]).json["culprit"]["commit"] == ids[2]


def test_a_bad_merge_base_is_an_answer(tmp_path: Path) -> None:
    versions = [
        Version(bad("base")),
        Version(good("fixed"), parents=(0,)),
        Version(bad("other"), parents=(0,)),
    ]
    ids = build(tmp_path, versions)
    ran = _bisect(tmp_path, [ids[1]], ids[2])
    assert ran.code == 0
    assert ran.json["outcome"] == "bad-merge-base"
    assert ran.json["detail"] == {"merge_base": ids[0], "good": ids[1]}


def _forked() -> list[Version]:
    """BAD base; fixed on one side; on the other fixed, broken again, and broken for the compiler."""
    return [
        Version(bad("base")),
        Version(good("left"), parents=(0,)),
        Version(good("right"), parents=(0,)),
        Version(bad("right again"), parents=(2,)),
        Version(broken("right end"), parents=(3,)),
    ]


def test_a_bad_merge_base_is_no_answer_where_the_bad_end_is_not_bad(tmp_path: Path) -> None:
    ids = build(tmp_path, _forked())
    assert _bisect(tmp_path, [ids[1]], ids[2]).json["outcome"] == "no-regression"
    assert _bisect(tmp_path, [ids[1]], ids[4]).json["outcome"] == "untestable"


def test_a_bad_merge_base_does_not_hide_what_another_good_shows(tmp_path: Path) -> None:
    ids = build(tmp_path, _forked())
    assert _bisect(tmp_path, [ids[1], ids[2]], ids[3]).json["culprit"]["commit"] == ids[3]


def test_exhaustive_lists_transitions_above_a_bad_merge_base(tmp_path: Path) -> None:
    ids = build(tmp_path, _forked())
    found = _bisect(tmp_path, [ids[1]], ids[3], "--exhaustive").json
    assert [(row["kind"], row["commit"]) for row in found["transitions"]] == [
        ("fixed", ids[2]),
        ("introduced", ids[3]),
    ]
    assert found["culprit"]["commit"] == ids[3]


def test_a_range_holds_commits_that_only_untestable_versions_show(tmp_path: Path) -> None:
    header = "arch/powerpc/include/asm/mask.h"
    include = "#include <asm/reg.h>\n"
    uses = {**good("x"), PROCESS: good("x")[PROCESS].replace(include, f"{include}#include <asm/mask.h>\n")}
    trees = [
        {**good("g"), header: "#error not yet\n"},
        {**uses, header: "#error not yet\n"},
        {**uses, header: "#undef MSR_FE0\n#define MSR_FE0 0\n"},
        {**bad("d"), header: ""},
    ]
    ids = build(tmp_path, line_of(*trees))
    for more in ([], ["--exhaustive"]):
        found = _bisect(tmp_path, [ids[0]], ids[3], *more).json
        assert (found["outcome"], found["detail"]) == ("range", {"commits": ids[1:3]})


def test_an_evil_merge_of_a_foreign_root(tmp_path: Path) -> None:
    versions = [Version(good("base")), Version({"other": "x"}, parents=()), Version(bad("m"), parents=(0, 1))]
    ids = build(tmp_path, versions)
    found = _bisect(tmp_path, [ids[0]], ids[2]).json
    assert found["culprit"]["commit"] == ids[2]
    assert found["transitions"][0]["parents"] == [ids[0]]


def test_a_replaced_commit_is_judged_by_what_is_read(tmp_path: Path) -> None:
    ids = build(tmp_path, line_of(good(), bad()))
    command = ("eval", "--repo", tmp_path, "--rev", ids[0], *WHAT)
    assert bisectd(*command).code == 0
    git(tmp_path, "replace", ids[0], ids[1])
    assert bisectd(*command).code == 1
    git(tmp_path, "replace", "-d", ids[0])
    assert bisectd(*command).code == 0


def test_a_revert_is_not_judged_again(tmp_path: Path) -> None:
    trees = [good("a"), good("b"), good("a"), good("b"), good("a"), bad()]
    ids = build(tmp_path, line_of(*trees))
    found = _bisect(tmp_path, [ids[0]], ids[5], "--exhaustive").json
    assert found["commits"] == 5
    assert found["evaluations"] < len(ids)
    assert sum(row["commits"] for row in found["class_verdicts"]) == len(ids)


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    ids = build(tmp_path / "repository", line_of(good(), bad()))
    command = ("bisect", "--repo", tmp_path / "repository", "--good", ids[0], "--bad", ids[1], *WHAT)
    assert bisectd(*command, env={"TMPDIR": str(tmp_path / "tmp")}).code == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_good_on_another_branch_counts_from_the_merge_base(tmp_path: Path) -> None:
    versions = [
        Version(good("base")),
        Version(good("other"), parents=(0,)),
        Version(bad("culprit"), parents=(0,)),
        Version(bad("tip"), parents=(2,)),
    ]
    ids = build(tmp_path, versions)
    assert _bisect(tmp_path, [ids[1]], ids[3]).json["culprit"]["commit"] == ids[2]


def test_several_goods(tmp_path: Path) -> None:
    versions = [
        Version(good("root")),
        Version(good("one"), parents=(0,)),
        Version(good("two"), parents=(0,)),
        Version(good("merged"), parents=(1, 2)),
        Version(bad("culprit"), parents=(3,)),
    ]
    ids = build(tmp_path, versions)
    found = _bisect(tmp_path, [ids[1], ids[2]], ids[-1]).json
    assert found["culprit"]["commit"] == ids[4]


@pytest.mark.parametrize(
    ("trees", "detail"),
    [
        ([good("a"), good("b")], {"good": "GOOD", "bad": "GOOD"}),
        ([bad("a"), bad("b")], {"good": "BAD", "bad": "BAD"}),
        ([bad("a"), good("b")], {"good": "BAD", "bad": "GOOD"}),
    ],
)
def test_no_regression(tmp_path: Path, trees: list[dict[str, str]], detail: dict[str, str]) -> None:
    ids = build(tmp_path, line_of(*trees))
    ran = _bisect(tmp_path, [ids[0]], ids[-1])
    assert (ran.code, ran.json["outcome"], ran.json["detail"]) == (0, "no-regression", detail)


def test_an_untestable_end(tmp_path: Path) -> None:
    ids = build(tmp_path, line_of(good(), broken("end")))
    ran = _bisect(tmp_path, [ids[0]], ids[-1])
    assert (ran.code, ran.json["outcome"]) == (0, "untestable")
    assert ran.json["detail"]["commit"] == ids[-1]


def test_exhaustive_lists_a_history_that_breaks_heals_and_breaks_again(tmp_path: Path) -> None:
    ids = build(tmp_path, line_of(good("a"), bad("b"), good("c"), good("d"), bad("e"), broken("f"), bad("g")))
    found = _bisect(tmp_path, [ids[0]], ids[-1], "--exhaustive").json
    assert [(row["kind"], row["commit"]) for row in found["transitions"]] == [
        ("introduced", ids[1]),
        ("fixed", ids[2]),
        ("introduced", ids[4]),
    ]
    assert found["culprit"]["commit"] == ids[4]
    assert found["classes"] == 3
    assert sum(row["commits"] for row in found["class_verdicts"]) == len(ids)


def test_comments_do_not_make_a_class(tmp_path: Path) -> None:
    ids = build(tmp_path, line_of(*(good(f"note {n}") for n in range(6)), bad()))
    assert _bisect(tmp_path, [ids[0]], ids[-1], "--exhaustive").json["classes"] == 2


def test_a_moved_source_is_followed(tmp_path: Path) -> None:
    moved = "arch/powerpc/kernel/fp/fpu.S"
    without = {path: text for path, text in good("b").items() if path != FPU}
    trees = [good("a"), {**without, moved: good()[FPU]}, {**without, moved: "# x\n" + good()[FPU]}, bad("z")]
    ids = build(tmp_path, line_of(*trees))
    found = _bisect(tmp_path, [ids[0]], ids[-1], "--exhaustive").json
    assert found["culprit"]["commit"] == ids[3]
    assert {row["verdict"] for row in found["class_verdicts"]} == {"GOOD", "BAD"}


def test_git_bisect_run_agrees(tmp_path: Path) -> None:
    trees = [good(str(n)) for n in range(5)] + [broken()] + [good("x")] + [bad(str(n)) for n in range(5)]
    ids = build(tmp_path, line_of(*trees), bare=False)
    ours = _bisect(tmp_path, [ids[0]], ids[-1]).json["culprit"]["commit"]
    git(tmp_path, "bisect", "start", ids[-1], ids[0])
    script = [*BISECTD, "eval", "--rev", "HEAD", *WHAT]
    told = subprocess.run(
        ["git", "bisect", "run", *script],  # noqa: S607 - the git that the developer has
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{ours} is the first bad commit" in told.stdout


@pytest.mark.parametrize(("tree", "code"), [(good(), 0), (bad(), 1), (broken(), 125)])
def test_eval_exits_as_git_bisect_run_wants(tmp_path: Path, tree: dict[str, str], code: int) -> None:
    build(tmp_path, line_of(tree))
    ran = bisectd("eval", "--repo", tmp_path, "--rev", "main", *WHAT, "--json")
    assert ran.code == code
    assert ran.json["verdict"] == {0: "GOOD", 1: "BAD", 125: "UNTESTABLE"}[code]


def test_a_backport_is_named_by_its_mainline_commit(tmp_path: Path) -> None:
    message = "Lose two bits\n\ncommit 8792468da5e1 upstream.\n\nWhy.\n"
    ids = build(tmp_path, [Version(good()), Version(bad(), message=message)])
    found = _bisect(tmp_path, [ids[0]], ids[1]).json
    assert found["culprit"]["upstream"] == "8792468da5e1"
    assert found["fixes"] == 'Fixes: 8792468da5e1 ("Lose two bits")'


def test_a_commit_message_cannot_drive_the_terminal(tmp_path: Path) -> None:
    ids = build(
        tmp_path, [Version(good()), Version(bad(), message="evil \x1b]0;title\x07 [red]x[/red] \u202e")]
    )
    ran = bisectd("bisect", "--repo", tmp_path, "--good", ids[0], "--bad", ids[1], *WHAT)
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    assert r'("evil \x1b]0;title\x07 [red]x[/red] \u202e")' in ran.out


def test_text_output_shows_the_evidence(tmp_path: Path) -> None:
    ids = build(tmp_path, line_of(good(), bad()))
    ran = bisectd("bisect", "--repo", tmp_path, "--good", ids[0], "--bad", ids[1], *WHAT)
    line = "tsk->thread.regs->msr &= ~(MSR_FP);"
    number = 1 + [text.strip() for text in bad()[PROCESS].splitlines()].index(line)
    for part in (
        f"culprit: {ids[1][:12]} step 1",
        f"parent  {ids[0][:12]} step 0 GOOD",
        "MSR: EE PR FP ME FE0 FE1 IR DR RI → EE PR ME FE0 FE1 IR DR RI, expected EE PR ME IR DR RI",
        f"parent {ids[0][:12]}: EE PR ME IR DR RI; FE0 FE1 more here",
        f"{PROCESS}:{number}:  {line}",
    ):
        assert part in ran.out
    assert ran.out.endswith(f'Fixes: {ids[1][:12]} ("step 1")\n')
