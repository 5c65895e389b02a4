# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs over a real store, a real repository and the real compiler, with workers that can be made to die."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bisectd.domain.errors import Conflict, LimitReached, NotFound, UserError
from bisectd.domain.jobs import Asked, JobKind, JobState, QueuedTask, TaskKind, TaskState
from bisectd.domain.verdict import Verdict
from bisectd.services import jobs, queue
from bisectd.services.offers import route, routes
from bisectd.services.work import perform
from bisectd.store.store import Store
from tests.support.cli import bisectd
from tests.support.git_repos import build, git
from tests.support.hands import NAME, PROBE, TARGET, TOOLCHAIN, Hands, told
from tests.support.tiny_kernel import bad, good, line_of

TREES = [good("a"), good("b"), good("c"), bad("d"), bad("e"), bad("f")]


@pytest.fixture
def ids(tmp_path: Path) -> list[str]:
    return build(tmp_path / "repository", line_of(*TREES))


@pytest.fixture
def hands(tmp_path: Path, ids: list[str]) -> Iterator[Hands]:
    del ids
    with Store.open(str(tmp_path / "x.db")) as store:
        found = Hands(store, tmp_path / "repository", tmp_path / "data")
        yield found
        found.close()


def test_a_job_answers_what_the_command_answers(tmp_path: Path, hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[0]], ids[-1])
    hands.work_off()
    done = hands.job(job.id)
    assert (done.state, done.error) == (JobState.DONE, None)
    what = ("--good", ids[0], "--bad", ids[-1], "--probe", PROBE, "--target", TARGET, "--json")
    local = bisectd("bisect", "--repo", tmp_path / "repository", "--db", tmp_path / "other.db", *what)
    assert told(done.result) == told(local.json)
    assert done.result
    assert done.result["culprit"]["commit"] == ids[3]


def test_a_suggestion_is_what_the_command_suggests(tmp_path: Path) -> None:
    trees = [good("a"), bad("b"), bad("c"), good("fixed")]
    ids = build(tmp_path / "repository", line_of(*trees), tags={"v4.5": 0, "v4.6": 1})
    with Store.open(str(tmp_path / "x.db")) as store:
        hands = Hands(store, tmp_path / "repository", tmp_path / "data")
        by_id = Asked(JobKind.SUGGEST, NAME, TOOLCHAIN, target=TARGET, bad=ids[3])
        by_mail = Asked(JobKind.SUGGEST, NAME, TOOLCHAIN, target=TARGET)
        mail = git(tmp_path / "repository", "format-patch", "--stdout", "-1", ids[3]).encode()
        submissions = [jobs.Submission(by_id), jobs.Submission(by_mail, mail)]
        numbers = [jobs.submit(store, hands.settings, "me", one).id for one in submissions]
        hands.work_off()
        assert ["stage" in hands.job(number).progress for number in numbers] == [False, False]
        results = [hands.job(number).result for number in numbers]
        assert results[0]
        assert results[0]["cached"] < results[0]["judged"]
        with store.read() as tx:
            assert {step.target for step in tx.jobs.steps(numbers[0])} == {TARGET}
        hands.close()
    given = [ids[3], tmp_path / "fix.mbox"]
    (tmp_path / "fix.mbox").write_bytes(mail)
    for fix, result in zip(given, results, strict=True):
        what = ("--repo", tmp_path / "repository", "--target", TARGET, "--db", tmp_path / "other.db")
        local = bisectd("suggest", fix, *what, "--json").json
        assert result
        assert result["fixes"] == f'Fixes: {ids[1][:12]} ("step 1")'
        varying = {"repository", "seconds", "cached"}
        assert {k: v for k, v in result.items() if k not in varying} == {
            k: v for k, v in local.items() if k not in varying
        }


def test_every_verdict_that_a_job_used_is_a_step(hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[0]], ids[-1])
    hands.work_off()
    with hands.store.read() as tx:
        steps = tx.jobs.steps(job.id)
    verdicts = {step.commit: step.verdict for step in steps}
    assert verdicts[ids[2]] is Verdict.GOOD
    assert verdicts[ids[3]] is Verdict.BAD
    assert not any(step.cached for step in steps)
    assert [step.commit for step in steps[:2]] == [ids[-1], ids[0]]


def test_an_answer_counts_what_was_new_for_its_own_job(hands: Hands, ids: list[str]) -> None:
    """And how long that took: the answer itself is made of what is stored by then."""
    for again in (False, True):
        job = hands.submit([ids[0]], ids[-1])
        hands.work_off()
        ended = hands.job(job.id)
        result = ended.result
        assert result
        assert result["evaluations"] > 2
        assert result["cached"] == (result["evaluations"] if again else 0)
        assert ended.started
        assert ended.finished
        assert abs(result["seconds"] - (ended.finished - ended.started)) < 0.1
    wider = hands.submit([ids[0]], ids[-1], JobKind.SCAN)
    hands.work_off()
    with hands.store.read() as tx:
        new = sum(not step.cached for step in tx.jobs.steps(wider.id))
    result = hands.job(wider.id).result
    assert result
    assert 0 < new == result["evaluations"] - result["cached"] < result["evaluations"]


def test_equal_work_of_two_jobs_is_done_once(hands: Hands, ids: list[str]) -> None:
    first, second = (hands.submit([ids[0]], ids[-1], user=user) for user in ("one", "two"))
    hands.work_off()
    results = [told(hands.job(job.id).result) for job in (first, second)]
    assert results[0] == results[1]
    keys = [
        {task.key for task in hands.tasks(job.id) if task.kind is not TaskKind.ADVANCE}
        for job in (first, second)
    ]
    assert keys[0] == keys[1]
    with hands.store.read() as tx:
        assert tx.tasks.depth() == {"done": len(keys[0]), "idle": 2}


def test_versions_that_compile_alike_are_run_once(hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[0]], ids[-1], JobKind.SCAN)
    hands.work_off()
    assert len(hands.tasks(job.id, TaskKind.COMPILE)) > len(hands.tasks(job.id, TaskKind.RUN)) == 2


def test_a_bisection_goes_before_a_scan_that_came_first(hands: Hands, ids: list[str]) -> None:
    scan = hands.submit([ids[0]], ids[-1], JobKind.SCAN)
    task = hands.claim()
    assert task
    perform(hands.work, task)  # the scan has queued its first tasks
    bisection = hands.submit([ids[1]], ids[-2])
    order = []
    while task := hands.claim():
        order.append(task.payload.get("job") or task.payload["commit"])
        perform(hands.work, task)
        if hands.job(bisection.id).state.final:
            break
    assert order[0] == bisection.id
    assert hands.job(scan.id).state is JobState.RUNNING
    assert hands.job(bisection.id).state is JobState.DONE


def test_a_scan_that_waits_for_a_task_is_helped_by_a_bisection_that_wants_it(
    hands: Hands, ids: list[str]
) -> None:
    hands.submit([ids[0]], ids[-1], JobKind.SCAN)
    perform(hands.work, _claimed(hands))
    before = {task.key: task.priority for task in hands.tasks(1, TaskKind.COMPILE)}
    job = hands.submit([ids[0]], ids[-1])
    perform(hands.work, _claimed(hands))
    after = {task.key: task.priority for task in hands.tasks(job.id, TaskKind.COMPILE)}
    assert after
    assert all(before[key] > priority for key, priority in after.items())


def test_a_worker_that_dies_costs_only_its_task(hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[0]], ids[-1])
    died: set[str] = set()

    def dies_once(task: QueuedTask) -> bool:
        first = task.key not in died
        died.add(task.key)
        return first

    hands.work_off(dies_once)
    done = hands.job(job.id)
    assert done.state is JobState.DONE
    assert done.result
    assert done.result["culprit"]["commit"] == ids[3]
    assert all(task.attempts <= 1 for task in hands.tasks(job.id))


def test_a_unit_that_takes_its_worker_down_each_time_is_quarantined(hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[0]], ids[-1])
    deaths = []

    def dies(task: QueuedTask) -> bool:
        poisoned = task.payload.get("commit") == ids[3]
        deaths.extend([task.id] * poisoned)
        return poisoned

    hands.work_off(dies)
    done = hands.job(job.id)
    assert len(deaths) == hands.settings.attempts
    assert (done.state, done.error) == (JobState.DONE, None)
    assert done.result
    assert done.result["outcome"] == "range"
    assert done.result["detail"]["commits"] == [ids[3], ids[4]]
    with hands.store.read() as tx:
        (step,) = [step for step in tx.jobs.steps(job.id) if step.commit == ids[3]]
    assert step.verdict is Verdict.UNTESTABLE
    assert "took its worker down 3 times: quarantined" in step.reason
    assert step.fingerprint is None


def test_a_quarantined_unit_is_tried_again_when_the_job_is(hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[0]], ids[-1])
    hands.work_off(lambda task: task.payload.get("commit") == ids[3])
    jobs.retry(hands.store, hands.settings, job.id)
    hands.work_off()
    done = hands.job(job.id)
    assert done.result
    assert done.result["culprit"]["commit"] == ids[3]


def test_a_job_whose_own_task_takes_workers_down_fails(hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[0]], ids[-1])
    assert hands.work_off(lambda task: task.kind is TaskKind.ADVANCE) == hands.settings.attempts
    done = hands.job(job.id)
    assert done.state is JobState.FAILED
    assert done.error == "the advance task took its worker down 3 times: quarantined"
    jobs.retry(hands.store, hands.settings, job.id)
    hands.work_off()
    assert hands.job(job.id).state is JobState.DONE


def test_a_message_that_comes_twice_finds_the_task_taken(hands: Hands, ids: list[str]) -> None:
    hands.submit([ids[0]], ids[-1])
    mine = routes(hands.work.offers)
    (task,) = hands.tasks(1)
    with hands.store.begin() as tx:
        assert tx.tasks.claim_one(task.id, mine, "one", 30)
    with hands.store.begin() as tx:
        assert tx.tasks.claim_one(task.id, mine, "two", 30) is None
        assert not tx.tasks.renew(task.id, "two", 30)
        assert tx.tasks.renew(task.id, "one", 30)


def test_a_result_that_comes_after_the_task_was_given_to_another_changes_nothing(
    hands: Hands, ids: list[str]
) -> None:
    job = hands.submit([ids[0]], ids[-1])
    perform(hands.work, _claimed(hands))
    late = _claimed(hands)
    hands.sweep()
    hands.work_off()
    before = told(hands.job(job.id).result)
    perform(hands.work, late)
    hands.work_off()
    assert told(hands.job(job.id).result) == before
    assert hands.job(job.id).state is JobState.DONE


def test_only_workers_with_the_jobs_compiler_take_its_tasks(hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[0]], ids[-1])
    perform(hands.work, _claimed(hands))
    offer = hands.job(job.id).offer
    assert offer == hands.work.offers["zig"]
    other = {"zig": offer.replace("clang version", "clang version 1")}
    with hands.store.begin() as tx:
        assert tx.tasks.claim(routes(other), "other", 30) is None
    assert {task.route for task in hands.tasks(job.id)} == {route(offer)}


def test_a_cancelled_job_leaves_what_others_wait_for(hands: Hands, ids: list[str]) -> None:
    first = hands.submit([ids[0]], ids[-1], user="one")
    second = hands.submit([ids[1]], ids[-1], user="two")
    perform(hands.work, _claimed(hands))
    perform(hands.work, _claimed(hands))
    cancelled = jobs.cancel(hands.store, first.id)
    assert cancelled.state is JobState.CANCELLED
    states = {task.payload["commit"]: task.state for task in hands.tasks(first.id, TaskKind.COMPILE)}
    assert states == {ids[0]: TaskState.IDLE, ids[-1]: TaskState.QUEUED}
    hands.work_off()
    assert hands.job(first.id).state is JobState.CANCELLED
    assert hands.job(second.id).state is JobState.DONE
    with pytest.raises(Conflict, match="is cancelled already"):
        jobs.cancel(hands.store, first.id)


def test_a_cancelled_job_can_be_taken_up_again(hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[0]], ids[-1])
    perform(hands.work, _claimed(hands))
    jobs.cancel(hands.store, job.id)
    hands.work_off()
    again = jobs.retry(hands.store, hands.settings, job.id)
    assert again.state is JobState.QUEUED
    with pytest.raises(Conflict, match="nothing to try again"):
        jobs.retry(hands.store, hands.settings, job.id)
    hands.work_off()
    assert hands.job(job.id).state is JobState.DONE


def test_a_job_that_was_cancelled_while_it_was_advanced_stays_so(hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[0]], ids[-1])
    task = _claimed(hands)
    jobs.cancel(hands.store, job.id)
    perform(hands.work, task)
    assert hands.job(job.id).state is JobState.CANCELLED
    assert hands.claim() is None


def test_a_job_that_nobody_advances_is_found(hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[0]], ids[-1])
    task = _claimed(hands)
    with hands.store.begin() as tx:
        assert tx.tasks.rest(task)
    assert hands.claim() is None
    assert queue.sweep(hands.store, hands.settings) == 1
    assert queue.sweep(hands.store, hands.settings) == 0
    hands.work_off()
    assert hands.job(job.id).state is JobState.DONE


def test_the_outbox_is_emptied_once_and_again_when_messages_may_be_lost(hands: Hands, ids: list[str]) -> None:
    hands.submit([ids[0]], ids[-1])
    sent: list[int] = []

    def refuse(task: QueuedTask) -> None:
        raise ConnectionError(task.id)

    with pytest.raises(ConnectionError):
        queue.publish(hands.store, refuse, hands.settings)
    assert queue.publish(hands.store, lambda task: sent.append(task.id), hands.settings) == 1
    assert queue.publish(hands.store, lambda task: sent.append(task.id), hands.settings) == 0
    impatient = hands.settings.model_copy(update={"republish": -1.0})
    assert queue.publish(hands.store, lambda task: sent.append(task.id), impatient) == 1
    assert sent == [1, 1]


def test_a_submission_under_one_key_is_one_job(hands: Hands, ids: list[str]) -> None:
    asked = Asked(JobKind.BISECT, NAME, TOOLCHAIN, PROBE, TARGET, (ids[0],), "main")
    submission = jobs.Submission(asked, idempotency_key="once")
    first, again = (jobs.submit(hands.store, hands.settings, "me", submission) for _ in range(2))
    other = jobs.submit(hands.store, hands.settings, "you", submission)
    assert first.id == again.id != other.id
    assert first.asked.bad == ids[-1]
    otherwise = replace(submission, asked=replace(asked, bad=ids[-2]))
    with pytest.raises(Conflict, match="was used for job 1"):
        jobs.submit(hands.store, hands.settings, "me", otherwise)


def test_what_cannot_be_asked(hands: Hands, ids: list[str]) -> None:
    asked = Asked(JobKind.BISECT, NAME, TOOLCHAIN, PROBE, TARGET, (ids[0],), ids[-1])
    wrong = {
        "no repository is registered as '/etc'": replace(asked, repository="/etc"),
        "unknown toolchain tcc": replace(asked, toolchain="tcc"),
        "fpu-giveup-fe": replace(asked, probe="fpu-giveup-fee"),
        "unknown target": replace(asked, target="pmac33"),
        "unknown revision": replace(asked, bad="v9.9"),
        "at least one good": replace(asked, goods=()),
    }
    for line, question in wrong.items():
        with pytest.raises(UserError, match=line):
            jobs.submit(hands.store, hands.settings, "me", jobs.Submission(question))
    with pytest.raises(NotFound, match="no job 77"):
        jobs.cancel(hands.store, 77)
    assert hands.claim() is None


def test_a_job_that_asks_the_impossible_fails_with_its_line(hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[-1]], ids[0])
    hands.work_off()
    done = hands.job(job.id)
    assert done.state is JobState.FAILED
    assert done.error
    assert "swap them" in done.error


def test_limits(tmp_path: Path, ids: list[str]) -> None:
    with Store.open(str(tmp_path / "limits.db")) as store:
        hands = Hands(store, tmp_path / "repository", tmp_path / "data", jobs_per_user=2, commits_per_job=3)
        for _ in range(2):
            hands.submit([ids[0]], ids[-1])
        with pytest.raises(LimitReached, match="2 unfinished jobs"):
            hands.submit([ids[0]], ids[-1])
        hands.submit([ids[0]], ids[-1], user="another")
        hands.work_off()
        assert hands.job(1).error == "the range has 5 candidate commits; a job may have 3"
        hands.submit([ids[0]], ids[-1])
        hands.close()


def _claimed(hands: Hands) -> QueuedTask:
    task = hands.claim()
    assert task
    return task


def test_a_search_is_cut_as_wide_as_hands_are_idle(tmp_path: Path) -> None:
    trees = [good(str(number)) for number in range(9)] + [bad(str(number)) for number in range(7)]
    ids = build(tmp_path / "repository", line_of(*trees))
    asked_at_once = []
    for idle in (0, 3):
        with Store.open(str(tmp_path / f"{idle}.db")) as store:
            hands = Hands(store, tmp_path / "repository", tmp_path / "data")
            with store.begin() as tx:
                for number in range(idle):
                    tx.tasks.seen(f"idle {number}", hands.work.offers)
                tx.tasks.seen("has another compiler", {"zig": "zig 0"})
            job = hands.submit([ids[0]], ids[-1])
            waits = []
            while task := hands.claim():
                perform(hands.work, task)
                if task.kind is TaskKind.ADVANCE:
                    waits.append(hands.job(job.id).progress["waiting"])
            assert hands.job(job.id).state is JobState.DONE
            hands.close()
        asked_at_once.append(max(waits))
    assert asked_at_once == [2, 4]  # the ends of the range are two; then one for each hand
