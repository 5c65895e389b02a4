# SPDX-License-Identifier: GPL-2.0-or-later
"""The versions along a branch's own line, and what changed their verdict."""

from bisectd.domain.verdict import Verdict
from bisectd.search import Done, Known, LineVersion, Problem, line, search

VERDICTS = {"g": Verdict.GOOD, "b": Verdict.BAD, "u": Verdict.UNTESTABLE}


def versions(history: str, tip: str, **labels: str) -> list[tuple[str, str | None, tuple[str, ...]]]:
    """Of a history like "a:g b:b<a m:g<b,x": each commit with its verdict and its parents; one code a commit.

    The first commit is the boundary. Commits with one of `labels` are the same version.
    """
    verdicts: dict[str, Verdict] = {}
    parents: dict[str, tuple[str, ...]] = {}
    first = history.split(":", 1)[0]
    for entry in history.split():
        name, _, rest = entry.partition(":")
        letter, _, below = rest.partition("<")
        verdicts[name] = VERDICTS[letter]
        if name != first:
            parents[name] = tuple(below.split(",")) if below else ()
    problem = Problem(parents, tip, (first,), labels, exhaustive=True)
    done: Done = search(problem, lambda commits: {commit: verdicts[commit] for commit in commits})
    prints = {name: labels.get(name, name) for name in verdicts if verdicts[name] is not Verdict.UNTESTABLE}
    found = line(problem, Known(verdicts, prints, done.transitions))
    return [(one.commit, one.origin, one.candidates) for one in found]


def test_one_after_the_other() -> None:
    assert versions("a:g b:g<a c:b<b d:b<c e:g<d", "e") == [
        ("a", None, ()),
        ("b", None, ()),
        ("c", "c", ("c",)),
        ("d", None, ()),
        ("e", "e", ("e",)),
    ]


def test_a_revert_to_an_older_version_is_a_version_of_the_line() -> None:
    assert [name for name, _, _ in versions("a:g b:g<a c:g<b d:g<c", "d", a="x", b="y", c="y", d="x")] == [
        "a",
        "b",
        "d",
    ]


def test_what_a_merge_brings_in_has_its_origin_on_the_side() -> None:
    assert versions("a:g l:g<a r:b<a m:b<l,r f:g<r n:g<m,f", "n") == [
        ("a", None, ()),
        ("l", None, ()),
        ("m", "r", ("r",)),
        ("n", "f", ("f",)),
    ]


def test_an_evil_merge_is_its_own_origin() -> None:
    assert versions("a:g l:g<a r:g<a m:b<l,r", "m")[-1] == ("m", "m", ("m",))


def test_a_merge_that_takes_a_side_from_before_the_fix_is_its_own_origin() -> None:
    assert versions("a:g c:b<a s:b<c f:g<c m:b<f,s", "m")[-2:] == [("f", "f", ("f",)), ("m", "m", ("m",))]


def test_a_merge_that_takes_a_side_from_before_the_break_is_the_fix() -> None:
    assert versions("a:g s:g<a c:b<a m:g<c,s", "m")[-1] == ("m", "m", ("m",))


def test_untestable_commits_between_may_have_done_it() -> None:
    assert versions("a:g u:u<a c:b<u v:u<c d:b<v", "d") == [
        ("a", None, ()),
        ("u", None, ()),
        ("c", "c", ("u", "c")),
        ("v", None, ()),
        ("d", None, ()),
    ]


def test_a_missing_verdict_gives_no_line() -> None:
    problem = Problem({"b": ("a",)}, "b", ("a",))
    assert line(problem, Known({"b": Verdict.BAD}, {}, ())) == ()


def test_a_commit_that_was_not_run_is_judged_by_one_with_its_label() -> None:
    problem = Problem({"b": ("a",), "c": ("b",)}, "c", ("a",), {"a": "x", "c": "x"})
    known = Known({"a": Verdict.GOOD, "b": Verdict.BAD}, {"a": "1", "b": "2"}, ())
    assert line(problem, known)[-1] == LineVersion("c", "a", Verdict.GOOD, "c", ("c",))
