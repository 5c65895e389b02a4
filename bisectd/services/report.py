# SPDX-License-Identifier: GPL-2.0-or-later
"""A bisection's report as JSON values: what `--json` prints, what is stored, what other tools read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bisectd.domain.commit import Commit, described
from bisectd.domain.evaluation import Evaluation
from bisectd.domain.observation import Observation
from bisectd.domain.records import Question
from bisectd.domain.regression import (
    BadMergeBase,
    Culprit,
    Kind,
    NoRegression,
    Outcome,
    Range,
    Transition,
    Untestable,
)
from bisectd.domain.verdict import Verdict
from bisectd.search import ClassSummary, LineVersion
from bisectd.services.evidence import Difference, differences
from bisectd.services.location import Location

SCHEMA = "bisectd.bisect/1"
EVALUATION_SCHEMA = "bisectd.eval/1"

OUTCOMES: Mapping[type[Outcome], str] = {
    Culprit: "culprit",
    Range: "range",
    NoRegression: "no-regression",
    BadMergeBase: "bad-merge-base",
    Untestable: "untestable",
}


@dataclass(frozen=True)
class Report:
    """What a bisection found.

    `commits`: how many commits of the range may matter. `evaluations`: how many were judged, `cached` of them
    from the store. `evidence`: the evaluations of the commits that the outcome rests on, by commit. `line`:
    of an exhaustive search, the versions along the first parents of the bad revision.
    """

    question: Question
    outcome: Outcome
    transitions: tuple[Transition, ...]
    classes: tuple[ClassSummary, ...]
    commits: int
    evaluations: int
    cached: int
    evidence: Mapping[str, Evaluation]
    described: Mapping[str, Commit]
    fixes: str | None
    seconds: float
    line: tuple[LineVersion, ...] = ()


def differences_to_parents(report: Report) -> dict[str, list[Difference]]:
    """For a culprit: parent → what was wrong in the culprit, and what that parent gave there; else {}."""
    if not isinstance(report.outcome, Culprit):
        return {}
    transition = report.outcome.transition
    bad = report.evidence[transition.commit].observation
    return {
        parent: differences(bad, report.evidence[parent].observation)
        for parent in transition.parents
        if parent in report.evidence
    }


def as_json(report: Report, locations: Sequence[Location] = ()) -> dict[str, Any]:
    """The whole report. `culprit` and `fixes` are null unless the outcome is "culprit".

    `locations`: where the culprit's wrong values were written, looked up in its own source.
    """
    culprit = report.outcome.transition.commit if isinstance(report.outcome, Culprit) else None
    return {
        "schema": SCHEMA,
        "outcome": OUTCOMES[type(report.outcome)],
        "detail": _detail(report.outcome),
        "culprit": _named(report.described[culprit]) if culprit else None,
        "fixes": report.fixes,
        "transitions": [_transition(transition, report) for transition in report.transitions],
        "classes": len(report.classes),
        "class_verdicts": [_class(summary) for summary in report.classes],
        "commits": report.commits,
        "evaluations": report.evaluations,
        "cached": report.cached,
        "seconds": round(report.seconds, 3),
        "question": {
            "repository": report.question.repository,
            "goods": list(report.question.goods),
            "bad": report.question.bad,
            "probe": report.question.probe,
            "target": report.question.target,
            "toolchain": report.question.toolchain,
            "exhaustive": report.question.exhaustive,
        },
        "evidence": {
            commit: _observed(report.evidence[commit])
            for transition in report.transitions
            for commit in (transition.commit, *transition.parents)
            if commit in report.evidence
        },
        "locations": [asdict(location) for location in locations],
        "differences": {
            parent: [asdict(found) for found in seen]
            for parent, seen in differences_to_parents(report).items()
        },
        "described": {commit: _described(found) for commit, found in sorted(report.described.items())},
    }


def from_json(document: Mapping[str, Any]) -> tuple[Report, tuple[Location, ...]]:
    """The inverse of `as_json`. Of evaluations there is no more than what was seen."""
    named = {
        commit: described(commit, found["subject"], found["upstream"])
        for commit, found in document["described"].items()
    }
    transitions = tuple(_transition_of(one) for one in document["transitions"])
    question = document["question"]
    report = Report(
        question=Question(**{**question, "goods": tuple(question["goods"])}),
        outcome=_outcome_of(document, transitions),
        transitions=transitions,
        classes=tuple(
            ClassSummary(
                one["fingerprint"], Verdict(one["verdict"]), one["commits"], one["first"], one["last"]
            )
            for one in document["class_verdicts"]
        ),
        commits=document["commits"],
        evaluations=document["evaluations"],
        cached=document["cached"],
        evidence={
            commit: Evaluation(commit, "", None, _observation_of(seen), cached=True)
            for commit, seen in document["evidence"].items()
        },
        described=named,
        fixes=document["fixes"],
        seconds=document["seconds"],
    )
    return report, tuple(Location(**one) for one in document["locations"])


def _outcome_of(document: Mapping[str, Any], transitions: Sequence[Transition]) -> Outcome:
    detail = document["detail"]
    match document["outcome"]:
        case "culprit":
            commit = document["culprit"]["commit"]
            return Culprit(next(one for one in transitions if one.commit == commit))
        case "range":
            commits = tuple(detail["commits"])
            return Range(next(one for one in transitions if one.commits == commits))
        case "no-regression":
            return NoRegression(Verdict(detail["good"]), Verdict(detail["bad"]))
        case "bad-merge-base":
            return BadMergeBase(detail["merge_base"], detail["good"])
        case _:
            return Untestable(detail["commit"], detail["reason"])


def _transition_of(document: Mapping[str, Any]) -> Transition:
    return Transition(
        Kind(document["kind"]),
        document["commit"],
        tuple(document["parents"]),
        Verdict(document["from"]),
        Verdict(document["to"]),
        tuple(document["commits"]),
    )


def _observation_of(document: Mapping[str, Any]) -> Observation:
    return Observation(Verdict(document["verdict"]), document["reason"], document["evidence"])


def evaluation_as_json(
    commit: Commit, evaluation: Evaluation, seconds: float, locations: Sequence[Location] = ()
) -> dict[str, Any]:
    """One judged commit: what `bisectd eval --json` prints."""
    return {
        "schema": EVALUATION_SCHEMA,
        "commit": commit.id,
        "subject": commit.subject,
        **judged(evaluation),
        "locations": [asdict(location) for location in locations],
        "seconds": round(seconds, 3),
    }


def judged(evaluation: Evaluation) -> dict[str, Any]:
    """What was found for one commit."""
    return {
        **_observed(evaluation),
        "unit": evaluation.unit,
        "fingerprint": evaluation.fingerprint,
        "cached": evaluation.cached,
    }


def _observed(evaluation: Evaluation) -> dict[str, Any]:
    observation = evaluation.observation
    return {
        "verdict": observation.verdict.value,
        "reason": observation.reason,
        "evidence": dict(observation.evidence),
    }


def _described(commit: Commit) -> dict[str, Any]:
    return {"subject": commit.subject, "upstream": commit.upstream}


def _named(commit: Commit) -> dict[str, Any]:
    return {"commit": commit.id, "subject": commit.subject, "upstream": commit.upstream}


def _detail(outcome: Outcome) -> dict[str, Any]:
    """What the outcome says beside its name and the transitions."""
    match outcome:
        case Range(transition):
            return {"commits": list(transition.commits)}
        case NoRegression(good, bad):
            return {"good": good.value, "bad": bad.value}
        case BadMergeBase(merge_base, good):
            return {"merge_base": merge_base, "good": good}
        case Untestable(commit, reason):
            return {"commit": commit, "reason": reason}
        case Culprit():
            return {}


def _transition(transition: Transition, report: Report) -> dict[str, Any]:
    return {
        "kind": transition.kind.value,
        "commit": transition.commit,
        "subject": report.described[transition.commit].subject,
        "parents": list(transition.parents),
        "from": transition.before.value,
        "to": transition.after.value,
        "commits": list(transition.commits),
    }


def _class(summary: ClassSummary) -> dict[str, Any]:
    return {
        "fingerprint": summary.fingerprint,
        "verdict": summary.verdict.value,
        "commits": summary.commits,
        "first": summary.first,
        "last": summary.last,
    }
