# SPDX-License-Identifier: GPL-2.0-or-later
"""Regressions as JSON: what `bisectd regressions --json` prints, the API answers, and hooks are sent."""

from collections.abc import Sequence
from typing import Any

from bisectd.domain.tracking import BranchStanding, Event, Regression, RegressionState, Sighting, Whole
from bisectd.store.regressions import Filter
from bisectd.store.store import Store

SCHEMA = "bisectd.regressions/1"
_ALL = 1_000_000_000


def regressions(store: Store, state: RegressionState | None) -> list[Whole]:
    """All in a state, or all; the newest first. Without events, which `Store` has for one at a time."""
    with store.read() as tx:
        found = tx.regressions.page(Filter(state=state), limit=_ALL)
        numbers = [one.id for one in found]
        sightings, branches = tx.regressions.sightings(numbers), tx.regressions.branches(numbers)
        return [Whole(one, sightings[one.id], branches[one.id], ()) for one in found]


def regressions_as_json(found: Sequence[Whole]) -> dict[str, Any]:
    """A list of them."""
    return {"schema": SCHEMA, "regressions": [whole_as_json(one) for one in found]}


def whole_as_json(whole: Whole) -> dict[str, Any]:
    """One, with who saw it and how the branches stand to it; with events where they were read."""
    return {
        **regression_as_json(whole.regression),
        "sightings": [sighting_as_json(one) for one in whole.sightings],
        "branches": [standing_as_json(one) for one in whole.branches],
        **({"events": [_event(one) for one in whole.events]} if whole.events else {}),
    }


def regression_as_json(one: Regression) -> dict[str, Any]:
    """Its own columns, by their names in the store."""
    return {
        "id": one.id,
        "repository": one.repository_name,
        "state": one.state.value,
        "introduced": one.introduced,
        "candidates": list(one.candidates),
        "upstream": one.upstream,
        "subject": one.subject,
        "fixes": one.fixes,
        "reason": one.reason,
        "introduced_at": one.introduced_at,
        "release": one.release,
        "fixed": one.fixed,
        "fixed_subject": one.fixed_subject,
        "fixed_at": one.fixed_at,
        "fixed_release": one.fixed_release,
        "opened": one.opened,
        "changed": one.changed,
    }


def sighting_as_json(one: Sighting) -> dict[str, Any]:
    """A probe on a target that saw it."""
    return {
        "branch": one.branch_name,
        "probe": one.probe,
        "target": one.target,
        "toolchain": one.toolchain,
        "state": one.state.value,
        "reason": one.reason,
        "introduced": one.introduced,
        "candidates": list(one.candidates),
        "introduced_at": one.introduced_at,
        "fixed": one.fixed,
        "fixed_at": one.fixed_at,
    }


def standing_as_json(one: BranchStanding) -> dict[str, Any]:
    """A branch."""
    return {
        "branch": one.branch_name,
        "state": one.state.value,
        "fixed": one.fixed,
        "subject": one.subject,
        "how": one.how,
        "release": one.release,
    }


def event_as_json(regression: Regression, event: Event) -> dict[str, Any]:
    """An event, with the regression as it is after it: the body of a webhook."""
    return {
        "event": f"regression.{event.kind.value}",
        **{key: value for key, value in _event(event).items() if key != "kind"},
        "regression": regression_as_json(regression),
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind.value,
        "branch": event.branch_name,
        "commit": event.commit,
        "detail": event.detail,
        "created": event.created,
    }
