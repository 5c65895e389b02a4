# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers in the words that the terminal has for them, from what is stored of them."""

from collections.abc import Mapping
from typing import Any

from bisectd.domain.jobs import Asked, JobKind
from bisectd.domain.verdict import Verdict

_SHORT = 12
_OUTCOMES = {
    "culprit": "culprit found",
    "range": "a range",
    "no-regression": "no regression at its end",
    "bad-merge-base": "fixed on the other side",
    "untestable": "untestable",
    "always": "has always been so",
}
EFFECTS = {
    "cured": "cures (BAD → GOOD)",
    "broken": "breaks (GOOD → BAD)",
    "still_bad": "leaves BAD",
    "good": "leaves GOOD",
    "untestable": "says nothing about",
}


def question(asked: Asked) -> str:
    """What a job asks, in one line."""
    if asked.kind is JobKind.SUGGEST:
        return f"tags of the fix {asked.bad[:_SHORT]}" if asked.bad else "tags of a posted fix"
    if asked.kind is JobKind.FOLLOW:
        return f"follow {asked.branch_name} to {asked.bad[:_SHORT]}"
    return f"{asked.kind.value} {asked.probe} on {asked.target}"


def progress(asked: Asked, known: Mapping[str, Any], judged: int) -> str:
    """How far a job at work has come. `judged`: how many candidates have a verdict; a scan wants them all."""
    candidates, left, waiting = (known.get(name) for name in ("candidates", "steps_left", "waiting"))
    parts = [known.get("stage")]
    if candidates is not None and asked.kind is JobKind.SCAN:
        parts.append(f"{judged} of {_counted(candidates, 'commit')} judged")
    elif candidates is not None:
        parts.append(f"{_counted(candidates, 'commit')} may matter")
    if left is not None and asked.kind is JobKind.BISECT:
        parts.append(f"about {_counted(left, 'step')} left")
    parts.append(f"waiting for {_counted(waiting, 'task')}" if waiting else None)
    return ", ".join(part for part in parts if part)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def outcome_word(outcome: str | None) -> str:
    """An outcome in a list."""
    return _OUTCOMES.get(outcome or "", outcome or "")


def outcome_line(result: Mapping[str, Any]) -> str:
    """How a bisection ended, in one sentence; a culprit is named elsewhere."""
    detail = result.get("detail", {})
    match result.get("outcome"):
        case "culprit":
            return "The culprit is BAD, and every one of its parents is GOOD."
        case "range":
            count = len(detail["commits"])
            return f"One of {count} commits made the change; those before the last cannot be tested."
        case "no-regression":
            return _no_regression(detail, listed=bool(result.get("transitions")))
        case "bad-merge-base":
            return (
                f"Fixed on the other side: merge base {detail['merge_base'][:_SHORT]} is BAD already, and "
                f"good revision {detail['good'][:_SHORT]} holds a fix that the bad revision lacks."
            )
        case "untestable":
            return f"Untestable: {detail['commit'][:_SHORT]}: {detail['reason']}."
    return ""


def _no_regression(detail: Mapping[str, str], *, listed: bool) -> str:
    line = f"No regression: the good end is {detail['good']}, the bad end is {detail['bad']}"
    if detail["bad"] == Verdict.GOOD.value and detail["good"] == Verdict.BAD.value:
        return f"{line}; the range holds a fix ({'see the transitions' if listed else 'a scan lists it'})."
    if detail["bad"] == Verdict.GOOD.value and listed:
        return f"{line}; nothing is broken at the bad end: what broke in between was fixed."
    return f"{line}."


def origin_line(origin: Mapping[str, Any] | None) -> str:
    """Since when a fault is there, in one sentence; "" where nothing is cured."""
    if origin is None:
        return ""
    match origin["outcome"]:
        case "culprit":
            parents = "its parent is" if len(origin["parents"]) == 1 else "all its parents are"
            return f"Introduced by {named(origin)}: it is BAD, {parents} GOOD."
        case "range":
            commits = origin["commits"]
            return (
                f"Introduced by one of {len(commits)} commits, {commits[0]['commit'][:_SHORT]} to "
                f"{commits[-1]['commit'][:_SHORT]}: those before the last cannot be tested."
            )
        case "always":
            since = "since the function exists" if origin["with_function"] else "as far back as can be tested"
            return f"It has always been so {since}, first at {named(origin)}; before it: {origin['before']}."
        case _:
            return f"No commit can be named: {origin.get('reason', '')}."


def named(commit: Mapping[str, Any]) -> str:
    """A commit in prose: digits, subject, and the mainline commit that it is."""
    upstream = f", mainline {commit['upstream'][:_SHORT]}" if commit.get("upstream") else ""
    return f'{commit["commit"][:_SHORT]} ("{commit["subject"]}"){upstream}'
