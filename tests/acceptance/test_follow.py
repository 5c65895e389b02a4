# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches of small real repositories that break, are fixed and break again."""

from pathlib import Path

import pytest

from bisectd.domain.errors import UserError
from bisectd.domain.jobs import TaskKind
from bisectd.domain.tracking import BranchState, RegressionState
from bisectd.domain.verdict import Verdict
from bisectd.services.desk import Task
from bisectd.services.replay import Pending
from bisectd.store.regressions import Filter
from bisectd.store.store import Store
from bisectd.store.tasks import Wanted
from tests.support.following import Following, half
from tests.support.git_repos import Version, build, git, grow
from tests.support.tiny_kernel import bad, broken, good, line_of


@pytest.fixture
def following(tmp_path: Path) -> Following:
    return Following(tmp_path / "history.git", tmp_path / "x.db")


STORY = (good("a"), good("b"), bad("c"), bad("d"), good("e"), bad("f"), good("g"))


def test_a_break_opens_the_fix_closes_and_the_same_break_reopens(following: Following) -> None:
    ids = build(following.path, line_of(*STORY), tags={"v1.0": 0})
    for head, expected, culprit in (
        (1, [], None),
        (2, [("opened", 1, ids[2])], 2),
        (3, [], 2),
        (4, [("fixed", 1, ids[4])], 2),
        (5, [("reopened", 1, ids[5])], 5),
        (6, [("fixed", 1, ids[6])], 5),
    ):
        following.move("main", ids[head])
        assert following.events() == expected
        said = [(one.regression.introduced, one.regression.fixes) for one in following.regressions()]
        assert said == ([(ids[culprit], f'Fixes: {ids[culprit][:12]} ("step {culprit}")')] if culprit else [])
    found = following.regression()
    assert (found.state, found.fixed, found.fixed_subject) == (RegressionState.FIXED, ids[6], "step 6")


def test_one_scan_of_it_all_tells_the_same_story(following: Following) -> None:
    ids = build(following.path, line_of(*STORY))
    assert following.events() == [
        ("opened", 1, ids[2]),
        ("fixed", 1, ids[4]),
        ("reopened", 1, ids[5]),
        ("fixed", 1, ids[6]),
    ]
    (whole,) = following.regressions()
    assert [(one.introduced, one.fixed) for one in whole.sightings] == [(ids[2], ids[4]), (ids[5], ids[6])]
    assert (whole.regression.introduced, whole.regression.fixed) == (ids[5], ids[6])
    with Store.open(str(following.database)) as store, store.read() as tx:
        for culprit in (ids[2], ids[5]):
            assert [one.id for one in tx.regressions.page(Filter(introduced=culprit))] == [1]
    assert following.events() == []


def test_each_event_has_the_fixes_line_of_its_own_break(following: Following) -> None:
    ids = build(following.path, line_of(*STORY))
    first, second = (f'Fixes: {ids[n][:12]} ("step {n}")' for n in (2, 5))
    following.move("main", ids[3])
    following.follow()
    following.move("main", ids[6])
    (found,) = following.follow()
    assert [(event.kind.value, found.regressions[event.id].fixes) for event in found.events] == [
        ("fixed", first),
        ("reopened", second),
        ("fixed", second),
    ]


def test_a_probe_that_comes_late_tells_of_an_old_break_and_blames_the_new_one_still(
    following: Following,
) -> None:
    ids = build(following.path, line_of(*STORY))
    following.follow(probes=("fpu-giveup-fe",))
    before = following.regression()
    following.follow(probes=("giveup-all",))
    assert following.regressions()[0].regression.introduced == before.introduced == ids[5]


def test_a_release_that_has_the_commit_and_its_fix_does_not_have_the_fault(following: Following) -> None:
    tags = {"v1.0": 0, "v1.1-rc1": 2, "v1.1": 4, "v1.2": 5, "v1.2.1": 6, "v1.3": 6}
    ids = build(following.path, line_of(*STORY))
    for head, tagged, expected in (
        (3, ("v1.0",), None),  # broken, not released
        (4, ("v1.1",), None),  # fixed before it was
        (6, ("v1.2", "v1.2.1", "v1.3"), "v1.2"),  # broken again, released, and fixed
        (6, ("v1.1-rc1",), "v1.2"),  # of the first break
    ):
        for name in tagged:
            git(following.path, "tag", name, ids[tags[name]])
        following.move("main", ids[head])
        following.follow()
        assert following.regression().release == expected


def test_a_candidate_is_the_only_release_of_a_fault_that_was_fixed_in_time(following: Following) -> None:
    build(following.path, line_of(*STORY[:5]), tags={"v1.0": 0, "v1.1-rc1": 2, "v1.1-rc2": 4, "v1.1": 4})
    following.follow()
    found = following.regression()
    assert (found.release, found.fixed_release) == ("v1.1-rc1", "v1.1")


def test_the_fix_is_learnt_of_later_than_the_release(following: Following) -> None:
    """Another branch has the commit and no fix yet; the release is from the one that has."""
    ids = build(following.path, line_of(*STORY[:5]), tags={"v1.0": 0, "v1.1": 4})
    following.move("dev", ids[3])
    following.follow("dev")
    assert following.regression().release == "v1.1"  # as far as anybody knows
    following.follow("main", "dev")
    assert following.regression().release is None


def test_another_fault_is_another_regression(following: Following) -> None:
    ids = build(following.path, line_of(good(), bad(), good("x"), half()))
    assert following.events() == [("opened", 1, ids[1]), ("fixed", 1, ids[2]), ("opened", 2, ids[3])]
    first, second = (whole.regression for whole in following.regressions())
    assert (first.state, second.state) == (RegressionState.FIXED, RegressionState.OPEN)


def test_a_side_branch_is_felt_when_it_is_merged_and_by_its_own_commit(following: Following) -> None:
    versions = [
        Version(good("base")),
        Version(good("main"), parents=(0,)),
        Version(bad("side"), parents=(0,), message="break it"),
        Version(bad("merged"), parents=(1, 2), message="merge"),
    ]
    ids = build(following.path, versions)
    following.move("main", ids[1])
    assert following.events() == []
    following.move("main", ids[3])
    assert following.events() == [("opened", 1, ids[2])]
    assert following.regression().subject == "break it"


def test_what_breaks_and_heals_before_it_is_merged_is_no_regression(following: Following) -> None:
    versions = [
        Version(good("base")),
        Version(good("main"), parents=(0,)),
        Version(bad("side"), parents=(0,)),
        Version(good("healed"), parents=(2,)),
        Version(good("merged"), parents=(1, 3)),
    ]
    build(following.path, versions)
    assert following.events() == []


def test_a_merge_that_takes_the_broken_side_again_is_what_reopens(following: Following) -> None:
    versions = [
        Version(good("base")),
        Version(bad("break")),
        Version(bad("side"), parents=(1,)),
        Version(good("fix"), parents=(1,)),
        Version(bad("wrong resolution"), parents=(3, 2)),
    ]
    ids = build(following.path, versions)
    assert following.events() == [("opened", 1, ids[1]), ("fixed", 1, ids[3]), ("reopened", 1, ids[4])]


def test_untestable_commits_between_give_a_range_and_no_fixes_line(following: Following) -> None:
    ids = build(following.path, line_of(good(), broken(), bad(), broken("again")))
    assert following.events() == [("opened", 1, ids[2])]
    found = following.regression()
    assert (found.candidates, found.fixes) == (tuple(ids[1:3]), None)
    assert found.state is RegressionState.OPEN


def test_untestable_heads_lose_nothing(following: Following) -> None:
    ids = build(following.path, line_of(good(), broken("a"), broken("b"), bad(), broken("c"), good("x")))
    expected = {3: [("opened", 1, ids[3])], 5: [("fixed", 1, ids[5])]}
    for number, head in enumerate(ids):
        following.move("main", head)
        assert following.events() == expected.get(number, [])
    found = following.regression()
    assert (found.candidates, found.fixes, found.fixed) == (tuple(ids[1:4]), None, ids[5])
    (found_again,) = following.follow()
    assert [one.verdict for one in found_again.scan.scanned[0].versions] == [
        Verdict.GOOD,
        Verdict.UNTESTABLE,
        Verdict.BAD,
        Verdict.UNTESTABLE,
        Verdict.GOOD,
    ]


def test_bad_from_the_start_is_a_verdict_and_no_regression(following: Following) -> None:
    build(following.path, line_of(bad("a"), bad("b")))
    (found,) = following.follow()
    assert [(one.verdict, len(one.versions)) for one in found.scan.scanned] == [(Verdict.BAD, 1)]
    assert following.regressions() == []


def test_nothing_new_asks_nobody_and_stores_nothing(following: Following) -> None:
    build(following.path, line_of(good(), bad()), tags={"v1.0": 0})
    following.follow()
    before, following.pool.asked = following.rows(), []
    assert following.events() == []
    assert (following.rows(), following.pool.asked) == (before, [])


def test_ten_thousand_commits_that_do_not_touch_the_functions_compile_nothing(following: Following) -> None:
    build(following.path, line_of(good(), bad()))
    following.follow()
    before, following.pool.asked = following.rows(), []
    head = grow(following.path, 10_000)
    (found,) = following.follow()
    assert (found.scan.commits, found.scan.head, found.events) == (10_000, head, ())
    assert (following.rows(), following.pool.asked) == (before, [])


def test_a_new_release_is_judged_without_a_compile(following: Following) -> None:
    build(following.path, line_of(good(), bad()), tags={"v1.0": 0})
    following.follow()
    before = following.rows()
    git(following.path, "tag", "v1.1", grow(following.path, 3))
    (found,) = following.follow()
    assert following.rows() == before
    assert [(point.name, point.verdict) for point in found.scan.points] == [
        ("v1.1", Verdict.BAD),
        ("main", Verdict.BAD),
    ]
    assert following.regression().release == "v1.1"


def test_the_matrix_has_the_releases_and_the_heads(following: Following) -> None:
    build(following.path, line_of(good(), bad(), good("x")), tags={"v1.0": 0, "v1.1": 1, "v1.1-rc1": 1})
    (found,) = following.follow()
    with Store.open(str(following.database)) as store, store.read() as tx:
        points = tx.branches.page_of_points(found.scan.branch.repository, {}, 0, 10)
        (timeline,) = tx.branches.timelines(found.scan.branch.id)
        versions = tx.branches.versions(timeline.id)
    assert [(point.name, point.verdict) for _, point in points] == [
        ("v1.0", Verdict.GOOD),
        ("v1.1", Verdict.BAD),
        ("main", Verdict.GOOD),
    ]
    assert [(one.release, one.verdict) for one in versions] == [
        ("v1.0", Verdict.GOOD),
        ("v1.1", Verdict.BAD),
        (None, Verdict.GOOD),
    ]
    assert all(point.observation for _, point in points)
    assert all(version.observation for version in versions)


def test_a_first_scan_begins_where_it_is_told(following: Following) -> None:
    ids = build(following.path, line_of(bad("a"), good("b"), bad("c"), bad("d")))
    assert following.events(since=ids[3]) == []
    assert following.events(since=ids[1]) == [("opened", 1, ids[2])]
    assert following.events() == []


def test_a_part_of_what_is_followed_hides_no_new_commit_from_the_rest(following: Following) -> None:
    ids = build(following.path, line_of(good("a"), good("b"), bad("c")))
    following.move("main", ids[1])
    both = ("fpu-giveup-fe", "fpexc-disable")
    for head, probes, expected in (
        (ids[1], both, ids[1]),
        (ids[2], both[:1], ids[1]),  # a server still sees that something is new
        (ids[2], both[1:], ids[2]),  # now both are there
    ):
        following.move("main", head)
        following.follow(probes=probes)
        with Store.open(str(following.database)) as store, store.read() as tx:
            assert tx.branches.all()[0].head == expected


# -- stable branches ----------------------------------------------------------------------------------------


def _with_stable(fix_message: str) -> list[Version]:
    """Mainline breaks at 1, releases at 2, fixes at 3; the stable branch from 2 on is fixed at 5."""
    return [
        Version(good("a")),
        Version(bad("b"), message="break it"),
        Version(bad("release"), message="Linux 4.9"),
        Version(good("fixed"), message="fix it"),
        Version(bad("stable"), parents=(2,), message="Linux 4.9.1"),
        Version(good("stable"), message=fix_message),
    ]


@pytest.mark.parametrize("stable_first", [False, True])
def test_a_stable_branch_that_begins_bad_has_mainlines_regression(
    following: Following, stable_first: bool
) -> None:
    ids = build(following.path, _with_stable("x"), tags={"v4.9": 2})
    following.move("main", ids[3])
    following.move("linux-4.9.y", ids[4])
    order = (("linux-4.9.y", "v4.9"), ("main", ids[0]))
    for branch, since in order if stable_first else order[::-1]:
        following.follow(branch, since=since)
    (whole,) = following.regressions()
    assert (whole.regression.introduced, whole.regression.state) == (ids[1], RegressionState.FIXED)
    assert [(one.branch_name, one.state) for one in whole.branches] == [
        ("linux-4.9.y", BranchState.AFFECTED),
        ("main", BranchState.FIXED),
    ]


@pytest.mark.parametrize(
    ("message", "how"),
    [
        ("fix it\n\ncommit {} upstream.\n", "names it as its upstream commit"),
        ("fix it\n\n[ Upstream commit {} ]\n", "names it as its upstream commit"),
        ("fix it\n\n(cherry picked from commit {})\n", "cherry picked from it"),
        ("something else", None),
    ],
)
def test_the_fix_reaches_a_stable_branch(following: Following, message: str, how: str | None) -> None:
    first = build(following.path, _with_stable("x"))
    ids = build(
        following.path, _with_stable(message.format(first[3])), tags={"v4.9": 2, "v4.9.1": 4, "v4.9.2": 5}
    )
    following.move("main", ids[3])
    following.move("linux-4.9.y", ids[4])
    following.follow("main", "linux-4.9.y", since=ids[0])
    following.move("linux-4.9.y", ids[5])
    assert following.events("linux-4.9.y") == [("reached", 1, ids[5])]
    (whole,) = following.regressions()
    (standing,) = (one for one in whole.branches if one.branch_name == "linux-4.9.y")
    assert (standing.state, standing.fixed, standing.how) == (BranchState.FIXED, ids[5], how)
    assert standing.release == "v4.9.2"


def test_the_same_change_is_the_fix_without_a_word(following: Following) -> None:
    fixed, broken_ = good("x"), bad("x")
    versions = [
        Version(good("x")),
        Version(broken_),
        Version(fixed, message="fix it"),
        Version({**broken_, "drivers/x.c": "x"}, parents=(1,), message="stable"),
        Version({**fixed, "drivers/x.c": "x"}, message="fix it here too"),
    ]
    ids = build(following.path, versions)
    following.move("main", ids[2])
    following.move("linux-4.9.y", ids[4])
    following.follow("main", "linux-4.9.y")
    (whole,) = following.regressions()
    assert [one.how for one in whole.branches] == ["makes the same change", "the commit itself"]


def test_a_backport_of_the_culprit_is_the_same_regression(following: Following) -> None:
    first = build(following.path, line_of(good("a"), bad("b")))
    versions = [
        *line_of(good("a"), bad("b")),
        Version(good("c"), message="fix it"),
        Version(good("stable"), parents=(0,)),
        Version(bad("stable"), message=f"step 1\n\ncommit {first[1]} upstream.\n"),
    ]
    ids = build(following.path, versions)
    following.move("main", ids[2])
    following.move("linux-4.9.y", ids[3])
    assert following.events("main", "linux-4.9.y") == [("opened", 1, ids[1]), ("fixed", 1, ids[2])]
    following.move("linux-4.9.y", ids[4])
    assert following.events("main", "linux-4.9.y") == [("affected", 1, ids[4])]
    (whole,) = following.regressions()
    assert whole.regression.state is RegressionState.FIXED
    assert [one.state for one in whole.branches] == [BranchState.AFFECTED, BranchState.FIXED]


def test_a_branch_without_the_fault_is_unaffected(following: Following) -> None:
    ids = build(following.path, line_of(good("a"), bad("b")))
    following.move("linux-4.9.y", ids[0])
    following.follow("main", "linux-4.9.y")
    (whole,) = following.regressions()
    assert [(one.branch_name, one.state) for one in whole.branches] == [
        ("linux-4.9.y", BranchState.UNAFFECTED),
        ("main", BranchState.AFFECTED),
    ]


# -- history that was rewritten -----------------------------------------------------------------------------


def test_a_rebased_culprit_is_the_same_regression_by_its_new_commit(following: Following) -> None:
    versions = [
        Version(good("a")),
        Version(bad("b"), message="break it"),
        Version(good("other"), parents=(0,)),
        Version(bad("b"), message="break it, rebased"),
    ]
    ids = build(following.path, versions)
    following.move("main", ids[1])
    following.follow()
    following.move("main", ids[3])
    (found,) = following.follow()
    assert found.events == ()
    assert "history was rewritten" in found.scan.scanned[0].note
    assert (following.regression().introduced, following.regression().state) == (ids[3], RegressionState.OPEN)


def test_a_culprit_that_is_gone_is_fixed_without_a_fix(following: Following) -> None:
    ids = build(following.path, [*line_of(good("a"), bad("b")), Version(good("other"), parents=(0,))])
    following.move("main", ids[1])
    following.follow()
    following.move("main", ids[2])
    (found,) = following.follow()
    assert [(event.kind.value, event.detail) for event in found.events] == [
        ("fixed", "its commit is gone: history was rewritten")
    ]
    assert (following.regression().fixed, following.regression().state) == (None, RegressionState.FIXED)


def test_a_branch_that_was_set_back(following: Following) -> None:
    ids = build(following.path, line_of(good("a"), bad("b"), good("c")))
    following.follow()
    following.move("main", ids[1])
    assert following.events() == [("reopened", 1, ids[1])]
    following.move("main", ids[2])
    assert following.events() == [("fixed", 1, ids[2])]


# -- interrupted, and at once -------------------------------------------------------------------------------


def _later(task: Task) -> Pending:
    return Pending([Wanted(f"{task.setup.probe} {task.commit}", TaskKind.COMPILE, "", 0, {})])


def test_what_all_timelines_wait_for_is_wanted_at_once(following: Following) -> None:
    ids = build(following.path, line_of(good("a"), good("b"), bad("c"), bad("d")))
    ends = {ids[0], ids[3]}

    def refuse(task: Task) -> None:
        if task.commit not in ends:
            raise _later(task)

    following.pool.before = refuse
    with pytest.raises(Pending) as raised:
        following.follow(probes=("fpu-giveup-fe", "fpexc-disable"))
    assert {one.key.split()[0] for one in raised.value.wanted} == {"fpu-giveup-fe", "fpexc-disable"}


def test_what_the_pool_raises_goes_through_and_nothing_is_recorded(following: Following) -> None:
    ids = build(following.path, line_of(*STORY))

    def refuse(task: Task) -> None:
        raise _later(task)

    following.pool.before = refuse
    with pytest.raises(Pending):
        following.follow()
    assert following.regressions() == []
    following.pool.before = lambda _: None
    assert len(following.events()) == 4
    assert following.regression().introduced == ids[5]


def test_two_that_follow_at_once_open_it_once(following: Following) -> None:
    build(following.path, line_of(good(), bad()))
    other = Following(following.path, following.database)

    def overtaken(_task: Task) -> None:
        following.pool.before = lambda _: None
        other.follow()

    following.pool.before = overtaken
    assert following.events() == []
    (whole,) = following.regressions()
    assert [event.kind.value for event in whole.events] == ["opened"]


def test_a_branch_that_is_not_there(following: Following) -> None:
    build(following.path, line_of(good()))
    with pytest.raises(UserError, match="has no branch 'mian': did you mean main"):
        following.follow("mian")
