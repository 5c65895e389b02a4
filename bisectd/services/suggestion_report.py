# SPDX-License-Identifier: GPL-2.0-or-later
"""A suggestion as JSON values: what `--json` prints and other tools read (docs/json.md)."""

from collections.abc import Mapping
from typing import Any

from bisectd.domain.commit import Commit, described
from bisectd.domain.verdict import Verdict
from bisectd.services.cure import Tried
from bisectd.services.origin import Always, Among, Introduced, Origin, Unknown
from bisectd.services.suggestion import Suggestion
from bisectd.services.survey import Line, Point, Reached
from bisectd.suggest.backports import How

SCHEMA = "bisectd.suggest/1"


def as_json(suggestion: Suggestion) -> dict[str, Any]:
    """The whole suggestion."""
    patch, base = suggestion.fix.patch, suggestion.base
    return {
        "schema": SCHEMA,
        "repository": suggestion.repository,
        "patch": {
            "subject": patch.subject,
            "author": patch.author,
            "message_id": patch.message_id or None,
            "mail": patch.is_mail,
            "commit": suggestion.fix.commit,
            "files": list(suggestion.files),
            "left_out": [change.path for change in patch.changes if change.binary],
            "functions": list(suggestion.functions),
        },
        "base": {"commit": base.commit, "name": base.name, "how": base.how},
        "probes": [_tried(tried, suggestion) for tried in suggestion.tried],
        "primary": _setup(suggestion.primary) if suggestion.primary else None,
        "origin": _origin(suggestion.origin, suggestion) if suggestion.origin else None,
        "introduced": suggestion.introduced,
        "fixes": suggestion.tags.fixes,
        "stable": suggestion.tags.stable,
        "first_affected": suggestion.first,
        "releases": [_line(line) for line in suggestion.lines],
        "reached": [_reached(one) for one in suggestion.reached],
        "people": [{"who": person.who, "why": person.why} for person in suggestion.people],
        "remarks": [
            {"type": remark.type, "line": remark.line, "text": remark.text} for remark in suggestion.remarks
        ],
        "additions": list(suggestion.additions),
        "judged": suggestion.judged,
        "cached": suggestion.cached,
        "seconds": round(suggestion.seconds, 3),
    }


def origin_of(document: Mapping[str, Any] | None) -> tuple[Origin | None, dict[str, Commit]]:
    """An origin as `as_json` has written it, and the commits that it names."""
    if document is None:
        return None, {}
    commits = [_commit_of(one) for one in document.get("commits", [document] if "commit" in document else [])]
    named = {commit.id: commit for commit in commits}
    match document["outcome"]:
        case "culprit":
            found = Introduced(document["commit"], tuple(document["parents"]), document["good"])
            return found, named
        case "range":
            return Among(tuple(named), tuple(document["parents"]), document["good"]), named
        case "always":
            always = Always(document["commit"], document["before"], document["with_function"])
            return always, named
        case _:
            return Unknown(document["reason"]), named


def lines_of(document: Mapping[str, Any]) -> tuple[Line, ...]:
    """The releases of a suggestion as `as_json` has written it."""
    return tuple(
        Line(
            line["line"],
            tuple(
                Point(one["name"], one["commit"], Verdict(one["verdict"]), one["judged"])
                for one in line["points"]
            ),
        )
        for line in document["releases"]
    )


def reached_of(document: Mapping[str, Any]) -> tuple[Reached, ...]:
    """Where the fix of a suggestion is, as `as_json` has written it."""
    return tuple(
        Reached(one["line"], _commit_of(one), How[one["how"].upper()], one["release"])
        for one in document["reached"]
    )


def _commit_of(document: Mapping[str, Any]) -> Commit:
    return described(document["commit"], document["subject"], document["upstream"])


def _setup(tried: Tried) -> dict[str, str]:
    return {"probe": tried.setup.probe, "target": tried.setup.target}


def _tried(tried: Tried, suggestion: Suggestion) -> dict[str, Any]:
    origin = suggestion.origins.get(tried.setup)
    before, after = tried.before.observation, tried.after.observation if tried.after else None
    return {
        **_setup(tried),
        "effect": tried.effect.name.lower(),
        "before": {"verdict": before.verdict.value, "reason": before.reason},
        "after": {"verdict": after.verdict.value, "reason": after.reason} if after else None,
        "origin": _origin(origin, suggestion) if origin else None,
    }


def _origin(origin: Origin, suggestion: Suggestion) -> dict[str, Any]:
    named = suggestion.described
    match origin:
        case Introduced(commit, parents, good):
            found = {**_commit(named[commit]), "parents": list(parents), "good": good}
            return {"outcome": "culprit", **found}
        case Among(commits, parents, good):
            found = {"commits": [_commit(named[one]) for one in commits], "parents": list(parents)}
            return {"outcome": "range", **found, "good": good}
        case Always(first, before, with_function):
            found = {**_commit(named[first]), "before": before, "with_function": with_function}
            return {"outcome": "always", **found}
        case Unknown(reason):
            return {"outcome": "unknown", "reason": reason}


def _commit(commit: Commit) -> dict[str, Any]:
    return {"commit": commit.id, "subject": commit.subject, "upstream": commit.upstream}


def _line(line: Line) -> dict[str, Any]:
    return {
        "line": line.name,
        "affected": [point.name for point in line.affected],
        "open": line.open,
        "points": [
            {
                "name": point.name,
                "commit": point.commit,
                "verdict": point.verdict.value,
                "judged": point.judged,
            }
            for point in line.points
        ],
    }


def _reached(reached: Reached) -> dict[str, Any]:
    return {
        "line": reached.line,
        **_commit(reached.commit),
        "how": reached.how.name.lower(),
        "release": reached.release,
    }
