# SPDX-License-Identifier: GPL-2.0-or-later
"""Regressions listed and in full, and as JSON: what commands print, the API answers, and hooks are sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bisectd.domain.tracking import BranchStanding, BranchState, Event, Regression, Sighting, Whole
from bisectd.store.regressions import Filter
from bisectd.store.store import Store

SCHEMA = "bisectd.regressions/1"


@dataclass(frozen=True)
class Listed:
    """A regression in a list: who saw it, on which branches it is, and where it is fixed."""

    regression: Regression
    probes: tuple[str, ...]
    targets: tuple[str, ...]
    affected: tuple[str, ...]
    fixed: tuple[str, ...]


def regressions(store: Store, wanted: Filter, before: int | None, limit: int | None) -> list[Listed]:
    """The newest of these regressions, None: all; `before`: those with smaller numbers, for the next page."""
    with store.read() as tx:
        found = tx.regressions.page(wanted, limit, before)
        numbers = [one.id for one in found]
        seen, standing = tx.regressions.seen_by(numbers), tx.regressions.standings(numbers)
    return [_listed(one, seen.get(one.id, ()), standing.get(one.id, {})) for one in found]


def whole(store: Store, number: int) -> Whole:
    """One with all that is known of it; NotFound."""
    with store.read() as tx:
        return tx.regressions.whole(number)


def _listed(
    regression: Regression, seen: Sequence[tuple[str, str]], standing: Mapping[str, BranchState]
) -> Listed:
    return Listed(
        regression,
        tuple(dict.fromkeys(probe for probe, _ in seen)),
        tuple(sorted({target for _, target in seen})),
        tuple(name for name, state in standing.items() if state is BranchState.AFFECTED),
        tuple(name for name, state in standing.items() if state is BranchState.FIXED),
    )


def listed_as_json(one: Listed) -> dict[str, Any]:
    """One in a list."""
    return {
        **regression_as_json(one.regression),
        "probes": list(one.probes),
        "targets": list(one.targets),
        "affected_branches": list(one.affected),
        "fixed_branches": list(one.fixed),
    }


def whole_as_json(whole: Whole) -> dict[str, Any]:
    """One, with who saw it, how the branches stand to it, and what happened, the newest first."""
    seen = sorted({(one.probe, one.target) for one in whole.sightings})
    listed = _listed(whole.regression, seen, {one.branch_name: one.state for one in whole.branches})
    return {
        **listed_as_json(listed),
        "sightings": [sighting_as_json(one) for one in whole.sightings],
        "branches": [standing_as_json(one) for one in whole.branches],
        "events": [_event(one) for one in whole.events],
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
