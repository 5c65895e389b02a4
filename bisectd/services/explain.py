# SPDX-License-Identifier: GPL-2.0-or-later
"""What a commit changed, answered from runs: beside what its message says, where it crashes, what leaks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bisectd.domain.commit import Commit
from bisectd.domain.mentions import Marked, Mentioned, mark
from bisectd.domain.observation import Observation
from bisectd.domain.registers import members
from bisectd.domain.semantics import Summary
from bisectd.domain.verdict import Verdict
from bisectd.history import Repository
from bisectd.kernel import targets
from bisectd.probes import kvm
from bisectd.probes.entries import ENTRIES, Act, Entry
from bisectd.probes.facilities import Facility
from bisectd.probes.probe import Probe
from bisectd.services.semantics import Compared, Summarized, Where, evaluator_for, named, summarize
from bisectd.services.targets import makes_sense

SCHEMA = "bisectd.explain/1"
MODES = ("FE0", "FE1")

_FIELDS = ("cleared", "clobbered", "gained", "saved", "loaded", "mode", "ends", "kernel")
_ORDER = (Mentioned.NO, Mentioned.FUNCTION, Mentioned.YES)
_GIVES_UP = {Act.GIVE_UP, Act.ENABLE, Act.SAVE, Act.SWITCH}
_ABSENT, _KEEPS, _CLEAN = "not there", "keeps FP", "clean"


@dataclass(frozen=True)
class Group:
    """One change in words, with everywhere that it was seen: (target, entry, conditions)."""

    text: str
    field: str
    more: bool
    mentioned: Mentioned
    sought: tuple[str, ...]
    found: tuple[str, ...]
    where: tuple[tuple[str, str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Run:
    """One run of the crash's scenario. Bits by name; "" where the run gave none.

    `mode`: init's fpexc_mode. `before`, `given_up`, `back`: the MSR that init ran with, was given up with and
    came back with; `fpscr`: what it came back to. `interrupt`: the one that init took, as in evidence; None
    for none.
    """

    verdict: Verdict
    reason: str
    mode: str
    before: str
    given_up: str
    back: str
    fpscr: str
    interrupt: Mapping[str, Any] | None

    @property
    def left(self) -> str:
        """The exception modes that giving up left set."""
        return " ".join(bit for bit in MODES if bit in self.given_up.split())


@dataclass(frozen=True)
class Crash:
    """The scenario on one target at one commit: as it is, and had init asked for precise exceptions.

    `asked_seldom`: and had the kernel not loaded init's registers ahead.
    """

    target: str
    commit: str
    as_is: Run
    asked: Run
    asked_seldom: Run


@dataclass(frozen=True)
class Explanation:
    """All answers. `leaks`: entry → target → commit → what it does with FE0 and FE1; the commit stands last.

    `compared`: target by target, with the reason where there is no comparison.
    """

    commit: Commit
    parents: tuple[Commit, ...]
    compared: tuple[Compared, ...]
    groups: tuple[Group, ...]
    crashes: tuple[Crash, ...]
    leaks: Mapping[str, Mapping[str, Mapping[str, str]]]


def explain(where: Where, commit_id: str, target_names: Sequence[str]) -> Explanation:
    """Run everything that the answers need; all of it is stored. MachineError: nothing was learned."""
    repository = Repository.open(where.repository)
    commit = repository.commit(commit_id)
    parents = tuple(repository.commit(parent) for parent in commit.parents)
    ids = [*commit.parents, commit.id]
    summaries = {name: _summaries(where, name, ids) for name in target_names}
    compared = tuple(
        Compared(name, found[parent], found[commit.id])
        for name, found in summaries.items()
        for parent in commit.parents
    )
    crashes = tuple(crash for name in target_names for crash in _crashes(where, name, ids))
    return Explanation(
        commit, parents, compared, _groups(compared, commit.message), crashes, _leaks(summaries)
    )


def _summaries(where: Where, target: str, commits: Sequence[str]) -> dict[str, Summarized]:
    with evaluator_for(where, target) as evaluator:
        return {commit: summarize(evaluator, commit) for commit in commits}


# -- what changed beside what the message says ------------------------------------------------------------


def _groups(compared: Sequence[Compared], message: str) -> tuple[Group, ...]:
    """The changes of all targets, the same ones together: unmentioned ones first, then by weight."""
    found: dict[tuple[str, Mentioned], list[tuple[str, Marked]]] = {}
    for seen in compared:
        for change in seen.changes:
            for marked in mark(change, message):
                found.setdefault((marked.change.text, marked.mentioned), []).append((seen.target, marked))
    groups = [_group(text, mentioned, seen) for (text, mentioned), seen in found.items()]
    return tuple(sorted(groups, key=_weight))


def _weight(group: Group) -> tuple[int, int, bool]:
    """What a task can suffer from comes first: bits left behind, registers overwritten or lost."""
    rank = _FIELDS.index(group.field) if group.field in _FIELDS else len(_FIELDS)
    return _ORDER.index(group.mentioned), rank, group.more


def _group(text: str, mentioned: Mentioned, seen: Sequence[tuple[str, Marked]]) -> Group:
    sought = dict.fromkeys(word for _, marked in seen for word in marked.sought)
    words = dict.fromkeys(word for _, marked in seen for word in marked.found)
    where = dict.fromkeys((target, marked.change.entry, marked.change.conditions) for target, marked in seen)
    first = seen[0][1].change
    return Group(text, first.field, first.more, mentioned, tuple(sought), tuple(words), tuple(where))


# -- why it crashed, or did not ---------------------------------------------------------------------------


def _crashes(where: Where, target: str, commits: Sequence[str]) -> Iterator[Crash]:
    if not makes_sense(kvm.KVM_PR_HOST_SIGFPE, targets.find(target, where.own_targets)):
        return
    as_is = _observations(where, target, kvm.KVM_PR_HOST_SIGFPE, commits)
    asked = _observations(where, target, kvm.COUNTERFACTUAL, commits)
    for commit in commits:
        others = (_run(asked[commit], case) for case in (kvm.ASKED, kvm.ASKED_SELDOM))
        yield Crash(target, commit, _run(as_is[commit], kvm.AS_IS), *others)


def _observations(where: Where, target: str, probe: Probe, commits: Sequence[str]) -> dict[str, Observation]:
    with evaluator_for(where, target, probe) as evaluator:
        return {commit: evaluator.evaluate(commit).observation for commit in commits}


def _run(observation: Observation, case: str) -> Run:
    evidence = observation.evidence
    judged = {found["name"]: found for found in evidence.get("cases", ())}.get(case)
    of_case = [row for row in evidence.get("registers", ()) if row.get("case", "") == case]
    rows = {row["name"]: row for row in of_case}
    given_up = rows.get(kvm.GIVEN_UP, {})
    taken = (found for found in evidence.get("interrupts", ()) if found.get("case", "") == case)
    return Run(
        verdict=Verdict(judged["verdict"]) if judged else observation.verdict,
        reason=judged["reason"] if judged else observation.reason,
        mode=rows.get(kvm.FPEXC_MODE, {}).get("after_bits", ""),
        before=given_up.get("before_bits", ""),
        given_up=given_up.get("after_bits", ""),
        back=rows.get(kvm.BACK, {}).get("after_bits", ""),
        fpscr=rows.get(kvm.FPSCR_BACK, {}).get("after_bits", ""),
        interrupt=next(taken, None),
    )


# -- which entry points leak ------------------------------------------------------------------------------


def _leaks(
    summaries: Mapping[str, Mapping[str, Summarized]],
) -> dict[str, dict[str, dict[str, str]]]:
    """Every entry point that can take the FPU from a task: what becomes of FE0 and FE1 when it does."""
    return {
        entry.function: {
            target: {commit: _leak(entry, seen) for commit, seen in found.items()}
            for target, found in summaries.items()
            if any(_has_fpu(seen.summary) for seen in found.values())
        }
        for entry in ENTRIES
        if Facility.FP in entry.about and entry.act in _GIVES_UP
    }


def _has_fpu(summary: Summary | None) -> bool:
    return summary is not None and any(subject.facility == "FP" for subject in summary.effects)


def _leak(entry: Entry, seen: Summarized) -> str:
    if seen.summary is None:
        return f"not tested: {seen.reason}"
    effects = [effect for subject, effect in seen.summary.effects.items() if subject.entry == entry.function]
    if not effects:
        return _ABSENT
    taken = [members(effect.cleared) for effect in effects if "FP" in members(effect.cleared)]
    left = [bit for bit in MODES if any(bit not in cleared for cleared in taken)]
    if not taken:
        return _KEEPS
    return f"leaks {' '.join(left)}" if left else _CLEAN


# -- JSON -------------------------------------------------------------------------------------------------


def as_json(found: Explanation) -> dict[str, Any]:
    """What `bisectd explain --json` prints."""
    return {
        "schema": SCHEMA,
        **named(found.commit),
        "message": found.commit.message,
        "parents": [named(parent) for parent in found.parents],
        "targets": {
            seen.target: {"reason": seen.reason, "equal": bool(not seen.reason and not seen.changes)}
            for seen in found.compared
        },
        "changes": [_group_as_json(group) for group in found.groups],
        "crash": [
            {
                "target": crash.target,
                "commit": crash.commit,
                "as_is": _run_as_json(crash.as_is),
                "asked": _run_as_json(crash.asked),
                "asked_seldom": _run_as_json(crash.asked_seldom),
            }
            for crash in found.crashes
        ],
        "leaks": {entry: dict(by_target) for entry, by_target in found.leaks.items()},
    }


def _group_as_json(group: Group) -> dict[str, Any]:
    where = [
        {"target": target, "entry": entry, "conditions": list(conditions)}
        for target, entry, conditions in group.where
    ]
    return {
        "text": group.text,
        "field": group.field,
        "more": group.more,
        "mentioned": group.mentioned.value,
        "sought": list(group.sought),
        "found": list(group.found),
        "where": where,
    }


def _run_as_json(run: Run) -> dict[str, Any]:
    return {**asdict(run), "verdict": run.verdict.value, "left": run.left}
