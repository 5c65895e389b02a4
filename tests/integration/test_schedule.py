# SPDX-License-Identifier: GPL-2.0-or-later
"""Followed branches of registered repositories: fetched, and scanned by jobs, without anybody asking."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bisectd.domain.errors import Conflict
from bisectd.domain.jobs import FOLLOWER, Asked, JobKind, JobState, Registered
from bisectd.domain.tracking import RegressionState
from bisectd.services import mirrors, schedule
from bisectd.services.follow import register
from bisectd.services.jobs import Submission, submit
from bisectd.services.work import perform
from bisectd.services.workplace import Workplace
from bisectd.store.branches import Followed
from bisectd.store.jobs import Filter
from bisectd.store.regressions import Filter as Which
from bisectd.store.store import Store
from tests.support.git_repos import build, git
from tests.support.hands import PROBE, TARGET, TOOLCHAIN, Hands
from tests.support.tiny_kernel import PROCESS, bad, good, line_of

MIRRORED = "upstream"


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    build(
        tmp_path / "upstream",
        line_of(good("a"), good("b"), bad("c")),
        tags={"v4.5": 1, "v4.6": 2},
        bare=False,
    )
    return tmp_path / "upstream"


@pytest.fixture
def hands(tmp_path: Path, upstream: Path) -> Iterator[Hands]:
    with Store.open(str(tmp_path / "x.db")) as store:
        found = Hands(store, upstream, tmp_path / "data", fetch=0.0)
        yield found
        found.close()


def _registered(hands: Hands, upstream: Path) -> Registered:
    return mirrors.register(hands.store, hands.settings.data, MIRRORED, upstream.as_uri())


def _follow(hands: Hands, repository: Registered, branch: str = "main") -> None:
    register(hands.store, repository.id, Followed(branch, (PROBE,), (TARGET,), TOOLCHAIN, ""))


def _commit(upstream: Path, files: dict[str, str], message: str) -> str:
    for name, content in files.items():
        (upstream / name).write_text(content)
    git(upstream, "add", "-A")
    git(upstream, "commit", "-q", "-m", message)
    return git(upstream, "rev-parse", "HEAD")


def test_new_commits_are_fetched_scanned_and_told_of(hands: Hands, upstream: Path) -> None:
    repository = _registered(hands, upstream)
    _follow(hands, repository)
    assert _submitted(hands) == 1
    assert _submitted(hands) == 0
    hands.work_off()
    with hands.store.read() as tx:
        (listed,) = tx.jobs.page(Filter(kind=JobKind.FOLLOW), None, 10)
        job = tx.jobs.get(listed.id)
        (regression,) = tx.regressions.page(Which(), limit=10)
    assert (job.state, job.error, job.user) == (JobState.DONE, None, FOLLOWER)
    assert job.result
    assert job.result["schema"] == "bisectd.follow/1"
    assert (regression.state, regression.release) == (RegressionState.OPEN, "v4.6")

    fixed = _commit(upstream, dict(good("fixed")), "fix it")
    assert _submitted(hands) == 1
    hands.work_off()
    with hands.store.read() as tx:
        (regression,) = tx.regressions.page(Which(), limit=10)
    assert (regression.state, regression.fixed) == (RegressionState.FIXED, fixed)
    assert _submitted(hands) == 0


def test_what_is_new_and_touches_nothing_compiles_nothing(hands: Hands, upstream: Path) -> None:
    _follow(hands, _registered(hands, upstream))
    schedule.run_due(hands.store, hands.settings)
    hands.work_off()
    before = _done(hands)
    _commit(upstream, {"README": "news\n"}, "unrelated")
    assert _submitted(hands) == 1
    hands.work_off()
    assert _done(hands) == before
    with hands.store.read() as tx:
        assert tx.branches.all()[0].head == git(upstream, "rev-parse", "HEAD")


def test_a_worker_on_another_machine_fetches_what_its_own_mirror_lacks(
    hands: Hands, upstream: Path, tmp_path: Path
) -> None:
    _follow(hands, _registered(hands, upstream))
    elsewhere = Workplace(hands.store, hands.settings.model_copy(update={"data": tmp_path / "elsewhere"}))
    for message in ("one", "two"):  # at first it has no mirror, then one that is too old
        head = _commit(upstream, dict(bad(message)), message)
        schedule.run_due(hands.store, hands.settings)
        while task := hands.claim():
            perform(elsewhere, task)
        with hands.store.read() as tx:
            assert tx.branches.all()[0].head == head
    elsewhere.close()


def test_one_more_probe_on_a_followed_branch_is_scanned_though_nothing_is_new(
    hands: Hands, upstream: Path
) -> None:
    repository = _registered(hands, upstream)
    _follow(hands, repository)
    schedule.run_due(hands.store, hands.settings)
    hands.work_off()
    more = Followed("main", ("fpexc-disable",), (TARGET,), TOOLCHAIN, "")
    register(hands.store, repository.id, more)
    assert _submitted(hands) == 1
    hands.work_off()
    with hands.store.read() as tx:
        assert len(tx.branches.timelines()) == 2


def test_a_repository_that_cannot_be_fetched_says_so_and_keeps_no_other_waiting(
    hands: Hands, upstream: Path, tmp_path: Path
) -> None:
    repository = _registered(hands, upstream)
    _follow(hands, repository)
    with hands.store.read() as tx:
        own = tx.repositories.named("linux")
    _follow(hands, own)
    upstream.rename(tmp_path / "moved")
    (tmp_path / "upstream").symlink_to(tmp_path / "moved")  # the one that is read in place is still there
    (tmp_path / "moved" / ".git" / "HEAD").write_text("nonsense")
    schedule.run_due(hands.store, hands.settings)
    with hands.store.read() as tx:
        error = tx.repositories.named(MIRRORED).error
    assert error
    assert error.startswith("cannot fetch file://")


def test_a_compile_error_on_the_way_is_a_version_and_not_a_failure(hands: Hands, upstream: Path) -> None:
    _follow(hands, _registered(hands, upstream))
    _commit(upstream, {PROCESS: "#error no\n"}, "breaks the build")
    _commit(upstream, dict(good("again")), "builds")
    schedule.run_due(hands.store, hands.settings)
    hands.work_off()
    with hands.store.read() as tx:
        (timeline,) = tx.branches.timelines()
        verdicts = [version.verdict.value for version in tx.branches.versions(timeline.id)]
    assert verdicts == ["GOOD", "BAD", "UNTESTABLE", "GOOD"]


def test_a_branch_that_goes_back_and_forth_is_scanned_each_time(hands: Hands, upstream: Path) -> None:
    repository = _registered(hands, upstream)
    _follow(hands, repository)
    ids = git(upstream, "rev-list", "--reverse", "main").split()
    for head in (ids[2], ids[1], ids[2]):
        git(upstream, "update-ref", "refs/heads/main", head)
        assert _submitted(hands) == 1
        hands.work_off()
        with hands.store.read() as tx:
            assert tx.branches.all()[0].head == head


def test_a_scan_that_failed_is_not_repeated_and_the_branch_says_why_until_one_succeeds(
    hands: Hands, upstream: Path
) -> None:
    """Its first release is of a history that has nothing in common with what became of the branch."""
    repository = _registered(hands, upstream)
    register(hands.store, repository.id, Followed("main", (PROBE,), (TARGET,), TOOLCHAIN, "v4.5"))
    ours = git(upstream, "rev-parse", "main")
    theirs = git(upstream, "commit-tree", "-m", "another history", "main^{tree}")
    for head, jobs, error in (
        (theirs, 1, "v4.5, where the scan begins, and main have no common history"),
        (theirs, 0, "v4.5, where the scan begins, and main have no common history"),
        (ours, 1, None),
    ):
        git(upstream, "update-ref", "refs/heads/main", head)
        assert _submitted(hands) == jobs
        hands.work_off()
        with hands.store.read() as tx:
            assert tx.branches.all()[0].error == error


def test_any_number_of_branches_may_move_at_once(hands: Hands, upstream: Path) -> None:
    repository = _registered(hands, upstream)
    most = hands.settings.jobs_per_user
    for number in range(most + 2):
        git(upstream, "update-ref", f"refs/heads/topic-{number}", "main")
        _follow(hands, repository, f"topic-{number}")
    assert _submitted(hands) == most + 2


def test_each_machine_fetches_its_own_mirror_and_submits_nothing_that_is_older_than_what_was_scanned(
    hands: Hands, upstream: Path, tmp_path: Path
) -> None:
    repository = _registered(hands, upstream)
    _follow(hands, repository)
    other = hands.settings.model_copy(update={"data": tmp_path / "other", "fetch": 900.0})
    schedule.run_due(hands.store, other)  # it has no mirror yet
    old = git(upstream, "rev-parse", "HEAD")
    new = _commit(upstream, dict(good("fixed")), "fix it")
    assert _submitted(hands) == 1
    before = _jobs(hands)
    schedule.run_due(hands.store, other)  # it has one, of before
    assert _jobs(hands) == before
    worker = Workplace(hands.store, other)
    assert worker.desk(MIRRORED, TOOLCHAIN, [old]).repository.branches()["main"] == old
    hands.work_off()
    with hands.store.read() as tx:
        assert tx.branches.all()[0].head == new
    asked = Asked(JobKind.FOLLOW, MIRRORED, TOOLCHAIN, bad=old, branch=1, branch_name="main")
    late = submit(hands.store, hands.settings, FOLLOWER, Submission(asked))  # it was waiting all the time
    while task := hands.claim():
        perform(worker, task)
    worker.close()
    assert (hands.job(late.id).state, hands.job(late.id).error) == (JobState.DONE, None)
    with hands.store.read() as tx:
        assert (tx.branches.all()[0].head, tx.branches.all()[0].error) == (new, None)


def test_a_mirror_that_is_younger_than_a_rewrite_scans_anew(
    hands: Hands, upstream: Path, tmp_path: Path
) -> None:
    _follow(hands, _registered(hands, upstream))
    schedule.run_due(hands.store, hands.settings)
    hands.work_off()
    git(upstream, "reset", "-q", "--hard", "HEAD^")
    fixed = _commit(upstream, dict(good("rewritten")), "never broken")
    git(upstream, "tag", "-d", "v4.6")
    for expire in (("reflog", "expire", "--expire=now", "--all"), ("gc", "-q", "--prune=now")):
        git(upstream, *expire)
    elsewhere = Workplace(hands.store, hands.settings.model_copy(update={"data": tmp_path / "elsewhere"}))
    assert _submitted(hands) == 1
    while task := hands.claim():
        perform(elsewhere, task)
    elsewhere.close()
    with hands.store.read() as tx:
        (branch,), (regression,) = tx.branches.all(), tx.regressions.page(Which())
    assert (branch.head, branch.error) == (fixed, None)
    assert (regression.state, regression.fixed) == (RegressionState.FIXED, None)


def test_another_compiler_for_a_followed_branch_is_a_conflict(hands: Hands, upstream: Path) -> None:
    repository = _registered(hands, upstream)
    _follow(hands, repository)
    with pytest.raises(Conflict, match="main is followed with zig, not gcc: name it with --toolchain zig"):
        register(hands.store, repository.id, Followed("main", (PROBE,), (TARGET,), "gcc"))
    with hands.store.read() as tx:
        assert tx.branches.all()[0].toolchain == TOOLCHAIN


def _submitted(hands: Hands) -> int:
    """How many jobs came of what is due."""
    before = _jobs(hands)
    schedule.run_due(hands.store, hands.settings)
    return _jobs(hands) - before


def _jobs(hands: Hands) -> int:
    with hands.store.read() as tx:
        return len(tx.jobs.page(Filter(), None, 1000))


def _done(hands: Hands) -> int:
    with hands.store.read() as tx:
        return tx.tasks.depth()["done"]
