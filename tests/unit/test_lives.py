# SPDX-License-Identifier: GPL-2.0-or-later
"""Which fault is which regression, and what is told of it."""

from bisectd.services.lives import Book, Seen, tell

KEY = ("fpu-giveup-fe", "pmac32", "zig")
OTHER = ("giveup-all", "g5", "zig")


def seen(  # noqa: PLR0913 - what a sighting is made of
    introduced: str,
    began: float,
    fixed: str | None = None,
    ended: float | None = None,
    *,
    key: tuple[str, str, str] = KEY,
    branch: str = "main",
    reason: str = "MSR",
) -> Seen:
    return Seen(
        branch={"main": 1, "linux-4.9.y": 2, "next": 3}[branch],
        branch_name=branch,
        timeline=0,
        key=key,
        reason=reason,
        introduced=introduced,
        candidates=(introduced,),
        introduced_at=began,
        began=began,
        fixed=fixed,
        ended=ended,
    )


def told(book: Book, *news: Seen, backport_of: int | None = None) -> list[tuple[str, int, str]]:
    start = len(book.told)
    tell(book, news, lambda _: backport_of)
    return [(one.kind.value, one.seen.regression, one.seen.branch_name) for one in book.told[start:]]


def test_probes_that_see_one_commit_see_one_regression() -> None:
    book = Book([])
    assert told(book, seen("c", 1, "f", 5), seen("c", 2, "f", 6, key=OTHER)) == [
        ("opened", -1, "main"),
        ("fixed", -1, "main"),
    ]


def test_it_is_fixed_when_the_last_probe_says_so() -> None:
    book = Book([])
    assert told(book, seen("c", 1, "f", 5), seen("c", 1, key=OTHER)) == [("opened", -1, "main")]


def test_only_what_repeats_every_answer_is_the_same_fault_again() -> None:
    book = Book([])
    told(book, seen("c", 1, "f", 2), seen("c", 1, "f", 2, key=OTHER))
    assert told(book, seen("d", 3, "g", 4)) == [("reopened", -1, "main"), ("fixed", -1, "main")]
    assert told(book, seen("e", 5), seen("e", 5, key=OTHER, reason="another")) == [("opened", -2, "main")]


def test_the_order_of_probes_does_not_matter() -> None:
    first, second = seen("c", 1, "f", 2), seen("d", 3, "g", 4, key=OTHER)
    assert told(Book([]), first, second) == told(
        Book([]), seen("d", 3, "g", 4, key=OTHER), seen("c", 1, "f", 2)
    )


def test_a_stable_branch_keeps_no_regression_open_that_mainline_has_fixed() -> None:
    book = Book([])
    assert told(book, seen("c", 1, branch="linux-4.9.y")) == [("opened", -1, "linux-4.9.y")]
    assert told(book, seen("c", 1, "f", 2)) == [("fixed", -1, "main")]
    assert told(book, seen("c", 1, branch="next")) == [("reopened", -1, "next")]


def test_what_only_a_stable_branch_had_is_open_while_it_has_it() -> None:
    book = Book([])
    told(book, seen("c", 1, branch="linux-4.9.y"))
    (one,) = book.seen
    one.fixed, one.ended = "f", 3.0
    assert told(book, one) == [("fixed", -1, "linux-4.9.y")]


def test_a_probe_that_comes_late_tells_nothing_new() -> None:
    book = Book([])
    told(book, seen("c", 1, "f", 2))
    assert told(book, seen("c", 1, "f", 2, key=OTHER)) == []


def test_a_late_probe_for_which_it_is_not_fixed_reopens_it() -> None:
    book = Book([])
    told(book, seen("c", 1, "f", 2))
    assert told(book, seen("c", 1, key=OTHER)) == [("reopened", -1, "main")]


def test_a_backport_brings_it_to_a_branch() -> None:
    book = Book([])
    told(book, seen("c", 1, "f", 2))
    assert told(book, seen("b", 3, branch="linux-4.9.y"), backport_of=-1) == [("affected", -1, "linux-4.9.y")]


def test_clocks_that_run_backwards_end_nothing_before_it_began() -> None:
    assert [kind for kind, _, _ in told(Book([]), seen("c", 9, "f", 2))] == ["opened", "fixed"]
