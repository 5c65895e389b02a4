# SPDX-License-Identifier: GPL-2.0-or-later
"""The lives of regressions: which fault of a timeline is which regression, and what became of each.

Pure. Faults are taken in the order in which they began and ended, so that one scan of years of history tells
the same story as a scan a day.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bisectd.domain.tracking import EventKind, RegressionState, series_of
from bisectd.services.ground import Key


@dataclass(eq=False)
class Seen:
    """A sighting as it is now. `regression`: 0 before it is known which; new ones have negative numbers.

    `began` and `ended`: when that was on the branch's line; `ended` None where it is open. `closed` and
    `begun` become true as its life is told. `fixed` is None, though it ended, where its commit is gone.
    `timeline`: 0 for one that is not stored yet.
    """

    branch: int
    branch_name: str
    timeline: int
    key: Key
    reason: str
    introduced: str
    candidates: tuple[str, ...]
    introduced_at: float
    began: float
    regression: int = 0
    fixed: str | None = None
    fixed_at: float | None = None
    ended: float | None = None
    begun: bool = False
    closed: bool = False

    @property
    def stable(self) -> bool:
        """Whether it is on a stable branch."""
        return bool(series_of(self.branch_name))


@dataclass(frozen=True)
class Told:
    """An event that is to be stored: what happened to a regression, and the sighting that shows it."""

    kind: EventKind
    seen: Seen


@dataclass
class Book:
    """All sightings of a repository, and what is told of them."""

    seen: list[Seen]
    told: list[Told] = field(default_factory=list)
    opened: int = 0

    def of(self, regression: int) -> list[Seen]:
        """The sightings of a regression that have begun."""
        return [one for one in self.seen if one.begun and one.regression == regression]

    def counted(self, regression: int) -> list[Seen]:
        """Those that say whether it is open: not those on stable branches, where there are others."""
        every = self.of(regression)
        return [one for one in every if not one.stable] or every

    def state(self, regression: int) -> RegressionState:
        """See `RegressionState`."""
        open_ = any(not one.closed for one in self.counted(regression))
        return RegressionState.OPEN if open_ else RegressionState.FIXED

    def affected(self, regression: int, branch: int) -> bool:
        """Whether a branch has it."""
        return any(one.branch == branch and not one.closed for one in self.of(regression))

    def by_commit(self, introduced: str) -> int | None:
        """The regression that a commit is known to have introduced."""
        return next((one.regression for one in self.seen if one.begun and one.introduced == introduced), None)

    def again(self, group: Sequence[Seen]) -> int | None:
        """The regression whose closed sightings all of these repeat, by probe, target and reason."""
        shared: set[int] | None = None
        for one in group:
            same = {
                old.regression
                for old in self.seen
                if old.closed and old.key == one.key and old.reason == one.reason
            }
            shared = same if shared is None else shared & same
        return max(shared, key=_newest) if shared else None

    def new(self) -> int:
        """A number for a regression that is not stored yet."""
        self.opened += 1
        return -self.opened


Identify = Callable[[str], int | None]


def tell(book: Book, news: Sequence[Seen], backport_of: Identify) -> None:
    """Live through what is new: sightings that begin, and those that end.

    `backport_of`: the regression that a commit brings to another branch, by what it says or does.
    """
    known = {one.introduced for one in book.seen if one.begun}
    groups: dict[str, list[Seen]] = {}
    for one in news:
        if not one.begun:
            groups.setdefault(one.introduced, []).append(one)
    for _, _, ends, one in sorted(_moments(news, groups), key=lambda moment: moment[:3]):
        late = one.introduced in known and not one.begun and one.ended is not None
        if late and not ends:
            continue
        if not one.regression:
            _identify(book, groups[one.introduced], backport_of)
        if late:
            _pass(book, one)
        elif ends:
            _end(book, one)
        else:
            _begin(book, one)


def _moments(news: Sequence[Seen], groups: dict[str, list[Seen]]) -> Iterator[tuple[float, int, bool, Seen]]:
    """When, by which group, whether it ends, which: what one commit does happens at once."""
    began = {introduced: min(one.began for one in group) for introduced, group in groups.items()}
    order = {introduced: n for n, introduced in enumerate(sorted(began, key=lambda name: began[name]))}
    ended: dict[str | None, float] = {}
    for one in news:
        if one.ended is not None:
            when = max(one.ended, began.get(one.introduced, one.ended))
            ended[one.fixed] = max(when, ended.get(one.fixed, when))
    for one in news:
        place = order.get(one.introduced, -1)
        if not one.begun:
            yield began[one.introduced], place, False, one
        if one.ended is not None:
            yield ended[one.fixed], place, True, one


def _identify(book: Book, group: Sequence[Seen], backport_of: Identify) -> None:
    introduced = group[0].introduced
    found = book.by_commit(introduced) or backport_of(introduced) or book.again(group) or book.new()
    for one in group:
        one.regression = one.regression or found


def _begin(book: Book, one: Seen) -> None:
    before = book.of(one.regression)
    known = RegressionState.FIXED if one.regression > 0 else None  # its only sighting, which is open again
    state = book.state(one.regression) if before else known
    had_it = book.affected(one.regression, one.branch)
    one.begun = True
    if one not in book.seen:
        book.seen.append(one)
    if state is None:
        book.told.append(Told(EventKind.OPENED, one))
    elif state is RegressionState.FIXED and book.state(one.regression) is RegressionState.OPEN:
        book.told.append(Told(EventKind.REOPENED, one))
    elif not had_it and one.ended is None:
        book.told.append(Told(EventKind.AFFECTED, one))


def _pass(book: Book, one: Seen) -> None:
    """What is long known and over was seen by one more probe, or on one more branch."""
    state = book.state(one.regression)
    new_here = not any(other.branch == one.branch for other in book.of(one.regression))
    one.begun = one.closed = True
    if one not in book.seen:
        book.seen.append(one)
    if state is RegressionState.OPEN and book.state(one.regression) is RegressionState.FIXED:
        book.told.append(Told(EventKind.FIXED, one))
    elif new_here:
        book.told.append(Told(EventKind.REACHED, one))


def _end(book: Book, one: Seen) -> None:
    if one.closed:  # by another commit than was thought
        return
    state = book.state(one.regression)
    one.closed = True
    if state is RegressionState.OPEN and book.state(one.regression) is RegressionState.FIXED:
        book.told.append(Told(EventKind.FIXED, one))
    elif not book.affected(one.regression, one.branch):
        book.told.append(Told(EventKind.REACHED, one))


def _newest(regression: int) -> tuple[bool, int]:
    return regression < 0, abs(regression)
