# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scan came to, stored: timelines, the matrix, and regressions opened, fixed and opened again.

Git is read first; then everything is written in one transaction, with the messages to those who want to know.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bisectd.domain.errors import BisectdError, UserError
from bisectd.domain.tracking import (
    Branch,
    BranchStanding,
    BranchState,
    Event,
    EventKind,
    Regression,
    RegressionState,
    Sighting,
    Timeline,
    Version,
)
from bisectd.services.ground import Ground, Key, Scan, Scanned
from bisectd.services.lives import Book, Seen, Told, tell
from bisectd.services.regressions import event_as_json
from bisectd.services.timeline import Fault, faults
from bisectd.store.regressions import Filter
from bisectd.store.store import Store, Transaction
from bisectd.suggest import diff
from bisectd.suggest.backports import names_of, tie
from bisectd.suggest.fixes import fixes_line

_INTRODUCTION = (
    "introduced",
    "candidates",
    "upstream",
    "subject",
    "fixes",
    "reason",
    "introduced_at",
    "release",
)
_GONE = "its commit is gone: history was rewritten"


@dataclass(frozen=True)
class Recorded:
    """What is new: the events, oldest first. `regressions`: by number of the event, as of its break."""

    scan: Scan
    events: tuple[Event, ...]
    regressions: Mapping[int, Regression]


@dataclass(frozen=True)
class _Known:
    """What was stored of a repository when the scan was looked at."""

    mark: tuple[int, float]
    timelines: tuple[Timeline, ...]
    sightings: tuple[Sighting, ...]
    regressions: Mapping[int, Regression]


@dataclass(frozen=True)
class _Place:
    """A timeline: its branch, its number (0: not stored yet), what it asks, and when its versions came."""

    branch: Branch
    timeline: int
    key: Key
    times: Mapping[str, float]


@dataclass(frozen=True)
class _Plan:
    """What is to be stored. `gone`: sightings whose place another one takes."""

    book: Book
    gone: tuple[Sighting, ...]
    changed: tuple[Seen, ...]


class Outdated(BisectdError):
    """Somebody else recorded a scan of the branch in the meantime: scan again, all of it is stored."""


def record(ground: Ground, scan: Scan) -> Recorded:
    """Store a scan. Outdated where the branch has moved since it was scanned."""
    store = ground.panel.desk.store
    known = _known(store, scan)
    _check(known, scan)
    plan = _plan(ground, scan, known)
    written = _Writer(ground, scan, plan, known)
    with store.begin() as tx:
        tx.branches.lock(scan.branch.repository)
        if _state(tx, scan.branch) != (known.mark, known.timelines):
            raise Outdated
        return written.write(tx)


def _state(tx: Transaction, branch: Branch) -> tuple[tuple[int, float], tuple[Timeline, ...]]:
    """What nobody else may have changed since it was looked at."""
    timelines = tx.branches.timelines(repository=branch.repository)
    return tx.regressions.mark(branch.repository), tuple(timelines)


def _known(store: Store, scan: Scan) -> _Known:
    """Regressions and sightings only where something may be new of them."""
    repository = scan.branch.repository
    quiet = all(not one.begin for one in scan.scanned) and not any(point.release for point in scan.points)
    with store.read() as tx:
        mark, timelines = _state(tx, scan.branch)
        if quiet:
            return _Known(mark, timelines, (), {})
        regressions = tx.regressions.page(Filter(repository=repository), limit=None)
        sightings = tuple(tx.regressions.of_repository(repository))
        return _Known(mark, timelines, sightings, {one.id: one for one in regressions})


def _check(known: _Known, scan: Scan) -> None:
    there = {(one.branch, one.probe, one.target, one.toolchain): one for one in known.timelines}
    for one in scan.scanned:
        if there.get((scan.branch.id, *one.key)) != one.before:
            raise Outdated


# -- what is to be stored -----------------------------------------------------------------------------------


def _plan(ground: Ground, scan: Scan, known: _Known) -> _Plan:
    if not known.sightings and all(not one.begin for one in scan.scanned):
        return _Plan(Book([]), (), ())
    book = Book([_stored(one) for one in known.sightings])
    by_place = {(one.branch, one.key, one.introduced): one for one in book.seen}
    news: list[Seen] = []
    kept: set[tuple[int, Key, str]] = set()
    for scanned in scan.scanned:
        for seen in _faults(ground, scan.branch, scanned, book):
            place = (seen.branch, seen.key, seen.introduced)
            kept.add(place)
            news += _news(by_place.get(place), seen)
    gone = _gone(ground, scan, kept, news, book)
    tell(book, news, partial(_backport_of, ground, known))
    later = list(_linked(ground, scan, known, book, [one for one in news if one.ended is None or one.fixed]))
    tell(book, later, lambda _: None)
    numbers = {
        (one.branch, (one.probe, one.target, one.toolchain), one.introduced): one for one in known.sightings
    }
    replaced = tuple(numbers[one.branch, one.key, one.introduced] for one in gone)
    return _Plan(book, replaced, (*news, *later))


def _stored(one: Sighting) -> Seen:
    closed = one.state is RegressionState.FIXED
    return Seen(
        branch=one.branch,
        branch_name=one.branch_name,
        timeline=one.timeline,
        key=(one.probe, one.target, one.toolchain),
        reason=one.reason,
        introduced=one.introduced,
        candidates=one.candidates,
        introduced_at=one.introduced_at,
        began=one.introduced_at,
        regression=one.regression,
        fixed=one.fixed,
        fixed_at=one.fixed_at,
        begun=True,
        closed=closed,
    )


def _faults(ground: Ground, branch: Branch, scanned: Scanned, book: Book) -> Iterator[Seen]:
    """The faults of a timeline as sightings, with one that began before the timeline where that is known."""
    number = scanned.before.id if scanned.before else 0
    place = _Place(branch, number, scanned.key, _times(scanned.versions))
    for fault in faults(scanned.versions):
        seen = _seen(ground, place, fault)
        if fault.introduced is None:
            older = _older(ground, book, seen, scanned.start)
            if older is None:
                continue
            _take_after(seen, older)
        yield seen


def _times(versions: Sequence[Version]) -> dict[str, float]:
    """When each version came to be on the line, whatever the clocks of the committers said."""
    now, found = 0.0, {}
    for version in versions:
        now = max(now, version.committed)
        found[version.commit] = now
    return found


def _seen(ground: Ground, place: _Place, fault: Fault) -> Seen:
    introduced = fault.introduced or fault.began
    return Seen(
        branch=place.branch.id,
        branch_name=place.branch.name,
        timeline=place.timeline,
        key=place.key,
        reason=fault.reason,
        introduced=introduced,
        candidates=fault.candidates,
        introduced_at=float(ground.commit(introduced).time),
        began=place.times[fault.began],
        fixed=fault.fixed,
        fixed_at=float(ground.commit(fault.fixed).time) if fault.fixed else None,
        ended=place.times[fault.ended] if fault.ended else None,
    )


def _older(ground: Ground, book: Book, seen: Seen, start: str) -> Seen | None:
    """The sighting on another branch that says what made the start of a timeline BAD."""
    for one in sorted(book.seen, key=lambda one: one.stable):
        if one.key == seen.key and one.reason == seen.reason and _was_in(ground, one, start):
            return one
    return None


def _was_in(ground: Ground, one: Seen, commit: str) -> bool:
    """Whether a commit has what introduced the fault and not what fixed it."""
    if not ground.is_ancestor(one.introduced, commit):
        return False
    return not (one.fixed and ground.is_ancestor(one.fixed, commit))


def _take_after(seen: Seen, older: Seen) -> None:
    seen.introduced, seen.candidates = older.introduced, older.candidates
    seen.introduced_at, seen.regression = older.introduced_at, older.regression


def _news(stored: Seen | None, seen: Seen) -> list[Seen]:
    """The sighting where it is new, or its end is."""
    if stored is None:
        return [seen]
    if stored.closed == (seen.ended is not None) and stored.fixed == seen.fixed:
        return []
    stored.fixed, stored.fixed_at, stored.ended = seen.fixed, seen.fixed_at, seen.ended
    if stored.closed and seen.ended is None:  # it was closed because its commit was gone, and it is back
        stored.closed = stored.begun = False
    return [stored]


def _gone(
    ground: Ground, scan: Scan, kept: set[tuple[int, Key, str]], news: list[Seen], book: Book
) -> list[Seen]:
    """Open sightings whose commit a rewritten history has no more; those that another one takes over.

    The others end, without a fix.
    """
    keys = {one.key for one in scan.scanned}
    replaced = []
    for one in book.seen:
        mine = one.branch == scan.branch.id and one.key in keys and not one.closed
        if not mine or (one.branch, one.key, one.introduced) in kept:
            continue
        if ground.is_ancestor(one.introduced, scan.head):
            continue
        heir = next(
            (new for new in news if not new.begun and new.key == one.key and new.reason == one.reason), None
        )
        if heir:
            heir.regression, heir.begun, heir.timeline = one.regression, True, one.timeline
            replaced.append(one)
        else:
            one.fixed, one.fixed_at, one.ended = None, None, float(ground.commit(scan.head).time)
            news.append(one)
    for one in replaced:
        book.seen.remove(one)
    book.seen += [one for one in news if one.begun and one not in book.seen]
    return replaced


def _linked(ground: Ground, scan: Scan, known: _Known, book: Book, news: Sequence[Seen]) -> Iterator[Seen]:
    """Sightings on other branches: their timelines begin BAD, and now it is known what made them so."""
    store = ground.panel.desk.store
    others = [one for one in known.timelines if one.branch != scan.branch.id]
    for new in news:
        for other in others:
            key = (other.probe, other.target, other.toolchain)
            there = {one.introduced for one in book.seen if one.branch == other.branch and one.key == key}
            if key != new.key or new.introduced in there or not _was_in(ground, new, other.start):
                continue
            with store.read() as tx:
                versions = tx.branches.versions(other.id)
                branch = tx.branches.get(other.branch)
            first = next(iter(faults(versions)), None)
            if first and first.introduced is None and first.reason == new.reason:
                seen = _seen(ground, _Place(branch, other.id, key, _times(versions)), first)
                _take_after(seen, new)
                yield seen


def _backport_of(ground: Ground, known: _Known, introduced: str) -> int | None:
    """The regression that a commit brings to a branch: it says so, or is the same change and subject."""
    commit = ground.commit(introduced)
    culprits = {one.introduced: one.regression for one in reversed(known.sightings)}
    for culprit in filter(ground.repository.has, culprits):
        other = ground.commit(culprit)
        alike = other.subject == commit.subject
        if tie(commit, names_of(other), alike and _patch(ground, introduced) == _patch(ground, culprit)):
            return culprits[culprit]
    return None


def _patch(ground: Ground, commit: str) -> str:
    """Equal for equal changes; the commit itself where it is a merge or a root, which has no patch."""
    try:
        return diff.patch_id(diff.parse(ground.repository.format_patch(commit)))
    except UserError:
        return commit


# -- storing ------------------------------------------------------------------------------------------------


class _Writer:
    """Writes a plan. What it takes from git is taken before the transaction begins."""

    def __init__(self, ground: Ground, scan: Scan, plan: _Plan, known: _Known) -> None:
        self._scan, self._plan, self._known = scan, plan, known
        self._numbers: dict[int, int] = {}
        book = plan.book
        released = any(point.release for point in scan.points)
        waiting = {
            number for number, one in known.regressions.items() if not (one.release and one.fixed_release)
        }
        touched = {one.regression for one in plan.changed} | (waiting if released else set())
        self._values = {
            number: _values(ground, book, number, known) for number in sorted(touched, key=_order)
        }
        self._then = list(_then(ground, book, known))
        self._standings = {number: list(_standings(ground, book, number)) for number in touched}

    def write(self, tx: Transaction) -> Recorded:
        """Everything."""
        timelines = self._timelines(tx)
        tx.branches.set_points(self._scan.branch.repository, self._scan.points)
        for gone in self._plan.gone:
            tx.regressions.drop(gone.id)
        self._regressions(tx)
        for one in self._plan.changed:
            tx.regressions.see(
                self._number(one.regression), one.timeline or timelines[one.key], _sighting_values(one)
            )
        events = [self._event(tx, told) for told in self._plan.book.told]
        tx.branches.scanned(self._scan.branch.id, self._scan.head if self._all_there(tx) else None)
        now = {number: tx.regressions.get(number) for number in {event.regression for event in events}}
        found = {
            event.id: replace(regression, **then)
            for event, then in zip(events, self._then, strict=True)
            if (regression := now[event.regression])
        }
        self._announce(tx, events, found)
        return Recorded(self._scan, tuple(events), found)

    def _timelines(self, tx: Transaction) -> dict[Key, int]:
        found = {}
        for one in self._scan.scanned:
            ends, seen = (one.start, self._scan.head), (one.verdict, one.reason)
            number = tx.branches.move(self._scan.branch.id, one.key, ends, seen)
            tx.branches.set_versions(number, one.versions)
            found[one.key] = number
        return found

    def _all_there(self, tx: Transaction) -> bool:
        """Whether all that the branch is followed for by now is scanned up to the head."""
        then, now = self._scan.branch, tx.branches.get(self._scan.branch.id)
        if (now.probes, now.targets, now.since) != (then.probes, then.targets, then.since):
            return False
        timelines = tx.branches.timelines(now.id)
        there = {(one.probe, one.target, one.toolchain) for one in timelines if one.head == self._scan.head}
        return self._scan.every <= there

    def _regressions(self, tx: Transaction) -> None:
        for number, values in self._values.items():
            if number < 0:
                self._numbers[number] = tx.regressions.add(self._scan.branch.repository, values)
            else:
                tx.regressions.change(number, values)
            for standing in self._standings[number]:
                tx.regressions.set_branch(replace(standing, regression=self._number(number)))

    def _number(self, regression: int) -> int:
        return self._numbers.get(regression, regression)

    def _event(self, tx: Transaction, told: Told) -> Event:
        one = told.seen
        ended = told.kind in {EventKind.FIXED, EventKind.REACHED}
        commit = (one.fixed or self._scan.head) if ended else one.introduced
        detail = _GONE if ended and not one.fixed else f"{one.key[0]} on {one.key[1]}"
        return tx.regressions.tell(
            self._number(one.regression), told.kind, (one.branch, one.branch_name), commit, detail
        )

    def _announce(self, tx: Transaction, events: Sequence[Event], found: Mapping[int, Regression]) -> None:
        for event in events:
            body = event_as_json(found[event.id], event)
            tx.hooks.announce(body["event"], body, event.created)


def _order(number: int) -> tuple[bool, int]:
    """Stored ones first, then new ones as they were opened."""
    return number < 0, abs(number)


def _sighting_values(one: Seen) -> dict[str, object]:
    return {
        "reason": one.reason,
        "state": RegressionState.FIXED if one.closed else RegressionState.OPEN,
        "introduced": one.introduced,
        "candidates": list(one.candidates),
        "introduced_at": one.introduced_at,
        "fixed": one.fixed,
        "fixed_at": one.fixed_at,
    }


def _values(ground: Ground, book: Book, number: int, known: _Known) -> dict[str, Any]:
    """The columns of a regression."""
    state = book.state(number)
    stored = known.regressions.get(number)
    broke = _broke(book, number, stored)
    values: dict[str, Any] = {"state": state, "release": _release(ground, book, broke)}
    if stored is None or stored.introduced != broke.introduced:
        values |= _introduction(ground, book, broke)
    closing = _last_fix(book.counted(number)) if state is RegressionState.FIXED else None
    return values | _fix(ground, closing)


def _broke(book: Book, number: int, stored: Regression | None) -> Seen:
    """A sighting of the commit to blame: of the latest break, or, where that is over, of one that is not."""
    counted = book.counted(number)
    there = [one for one in counted if not one.closed] or counted
    breaks = [one for one in book.of(number) if stored and one.introduced == stored.introduced]
    breaks += [told.seen for told in _breaks(book) if told.seen.regression == number]
    latest = {one.introduced for one in sorted(breaks, key=lambda one: one.began)[-1:]}
    return next((one for one in there if one.introduced in latest), there[0])


def _breaks(book: Book) -> Iterator[Told]:
    return (told for told in book.told if told.kind in {EventKind.OPENED, EventKind.REOPENED})


def _then(ground: Ground, book: Book, known: _Known) -> Iterator[Mapping[str, Any]]:
    """For each event that is told: columns of its regression that another break has changed since."""
    last = {told.seen.regression: told.seen.introduced for told in _breaks(book)}
    breaks = set(_breaks(book))
    now: dict[int, Mapping[str, Any]] = {
        number: {name: getattr(one, name) for name in _INTRODUCTION}
        for number, one in known.regressions.items()
    }
    for told in book.told:
        number = told.seen.regression
        if told in breaks:
            now[number] = _introduction(ground, book, told.seen)
        yield now[number] if number in last and now[number]["introduced"] != last[number] else {}


def _introduction(ground: Ground, book: Book, broke: Seen) -> dict[str, Any]:
    """The columns that say what a break was, as the first sighting of it has it."""
    first = next(one for one in book.of(broke.regression) if one.introduced == broke.introduced)
    commit = ground.commit(first.introduced)
    exact = first.candidates in {(), (first.introduced,)}
    return {
        "introduced": first.introduced,
        "candidates": first.candidates or (first.introduced,),
        "upstream": commit.upstream,
        "subject": commit.subject,
        "fixes": fixes_line(commit, ground.repository.abbreviate) if exact else None,
        "reason": first.reason,
        "introduced_at": first.introduced_at,
        "release": _release(ground, book, first),
    }


def _release(ground: Ground, book: Book, broke: Seen) -> str | None:
    """The first release with the fault: it has the commit and, for some probe, nothing that fixed it.

    None also where history was rewritten, and this mirror is younger than that.
    """
    if not ground.repository.has(broke.introduced):
        return None
    fixes: dict[Key, set[str]] = {}
    for one in book.of(broke.regression):
        if one.introduced == broke.introduced:
            fixes.setdefault(one.key, set()).update([one.fixed] if one.fixed else ())
    without = None
    for release in ground.repository.releases_with(broke.introduced):
        if without not in {None, release.number}:
            break
        if any(not any(ground.is_ancestor(fix, release.commit) for fix in each) for each in fixes.values()):
            return release.name
        if release.is_mainline:
            without = release.number  # nor has it a later one; its candidates may
    return None


def _last_fix(every: Sequence[Seen]) -> str | None:
    """The latest commit that fixed any."""
    fixed = [one for one in every if one.fixed]
    return max(fixed, key=lambda one: (one.ended or 0, one.fixed_at or 0)).fixed if fixed else None


def _fix(ground: Ground, fixed: str | None) -> dict[str, object]:
    commit = ground.commit(fixed) if fixed else None
    return {
        "fixed": fixed,
        "fixed_subject": commit.subject if commit else None,
        "fixed_at": float(commit.time) if commit else None,
        "fixed_release": ground.describe(fixed) if fixed else None,
    }


def _standings(ground: Ground, book: Book, number: int) -> Iterator[BranchStanding]:
    """How each branch stands to a regression that has it or had it."""
    every = book.of(number)
    fix = _last_fix(book.counted(number))
    for branch, name in {one.branch: one.branch_name for one in every}.items():
        mine = [one for one in every if one.branch == branch]
        fixed = None if book.affected(number, branch) else _last_fix(mine)
        state = BranchState.AFFECTED if book.affected(number, branch) else BranchState.FIXED
        subject = ground.commit(fixed).subject if fixed else None
        how = _how(ground, fixed, fix) if fixed and fix else None
        yield BranchStanding(
            number, branch, name, state, fixed, subject, how, ground.describe(fixed) if fixed else None
        )


def _how(ground: Ground, fixed: str, fix: str) -> str | None:
    """What ties the fix of a branch to the fix."""
    names = names_of(ground.commit(fix))
    found = tie(ground.commit(fixed), names, equal=_patch(ground, fixed) == _patch(ground, fix))
    return found.value if found else None
