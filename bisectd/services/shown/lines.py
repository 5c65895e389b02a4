# SPDX-License-Identifier: GPL-2.0-or-later
"""Which releases lie on a branch's line, and which of them hold a fault of a timeline.

Git is not asked: a timeline's version names the first release that contains it, and along one line the
releases contain each other in the order of their numbers.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

from bisectd.domain.tracking import Point, Sighting, Version, series_of
from bisectd.history.releases import Release, releases
from bisectd.services.timeline import Fault, faults

Order: TypeAlias = tuple[tuple[int, ...], float]  # of a release: its number, a candidate before its release
_NEVER: Order = ((), math.inf)


def lies_on(branch: str, stable: Collection[str], point: Point) -> bool:
    """Whether a release or a head lies on a branch. `stable`: the series ("4.9") that have a stable branch.

    To a stable branch belong its own releases and mainline's older ones; to any other branch mainline's, and
    those of series without a stable branch; to each its own head.
    """
    if not point.release:
        return point.name == branch
    found = _release(point.name)
    if found is None:
        return False
    own = _numbers(series_of(branch))
    if own:
        return found.series == own or (found.is_mainline and found.series < own)
    return found.is_mainline or point.series not in stable


def affected(
    points: Sequence[Point],
    sightings: Sequence[Sighting],
    versions: Mapping[int, Sequence[Version]],
    stable: Collection[str],
) -> list[Point]:
    """The BAD releases and heads among `points` that hold what is sighted, each name once, in their order.

    A point holds a sighting if the same probe, target and compiler judged it, it lies on the sighting's
    branch, and it is there between the two versions of the timeline (`versions`, by its number) at which the
    sighting's fault began and ended: a release from the first release with the one on, and before the first
    release with the other; the branch's head where nothing has ended it.
    """
    judged: dict[tuple[str, str, str], list[Point]] = {}
    for point in points:
        judged.setdefault((point.probe, point.target, point.toolchain), []).append(point)
    found: dict[str, Point] = {}
    for one in sightings:
        fault = _fault(versions.get(one.timeline, ()), one)
        if fault is None:
            continue
        named = {version.commit: version.release for version in versions[one.timeline]}
        for point in judged.get((one.probe, one.target, one.toolchain), ()):
            if lies_on(one.branch_name, stable, point) and _within(point, fault, named):
                found.setdefault(point.name, point)
    return [point for point in points if found.get(point.name) is point]


def _fault(versions: Sequence[Version], sighting: Sighting) -> Fault | None:
    """The fault of a timeline that a sighting is of; one that began before the timeline has no commit there.

    None where the timeline has it no more: its history was rewritten.
    """
    every = faults(versions)
    same = (one for one in every if one.introduced == sighting.introduced)
    older = (one for one in every if one.introduced is None and one.reason == sighting.reason)
    return next(same, None) or next(older, None)


def _within(point: Point, fault: Fault, named: Mapping[str, str | None]) -> bool:
    if not point.release:
        return fault.ended is None
    order = _order(point.name)
    ended = _since(named.get(fault.ended)) if fault.ended else None
    began = _since(named.get(fault.began))
    return began is not None and began <= order and (ended is None or order < ended)


def _since(name: str | None) -> Order | None:
    """The order of the first release with a version; None before there is one."""
    return _order(name) if name else None


def _order(name: str) -> Order:
    found = _release(name)
    return (found.number, found.candidate or math.inf) if found else _NEVER


@lru_cache(4096)
def _release(name: str) -> Release | None:
    return next(iter(releases({name: ""})), None)


def _numbers(series: str) -> tuple[int, ...]:
    return tuple(int(part) for part in series.split(".") if part)
