# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers as text for a terminal. Whatever came out of a repository goes through `plain`."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bisectd.cli.evidence import show_evidence
from bisectd.cli.text import plain
from bisectd.domain.agreement import Disagreement
from bisectd.domain.commit import Commit
from bisectd.domain.evaluation import Evaluation
from bisectd.domain.regression import (
    BadMergeBase,
    Culprit,
    NoRegression,
    Range,
    Transition,
    Untestable,
)
from bisectd.domain.verdict import Verdict
from bisectd.services.location import Location
from bisectd.services.matrix import Matrix, Row
from bisectd.services.report import Report, differences_to_parents

STYLES = {Verdict.GOOD: "green", Verdict.BAD: "bold red", Verdict.UNTESTABLE: "yellow"}
SHORT = 12
_DISAGREEMENT = "the toolchains disagree: no verdict"


def show_report(console: Console, report: Report, locations: Sequence[Location]) -> None:
    """Classes, transitions, the outcome with its evidence, and the Fixes: line last, never wrapped."""
    if report.classes:
        console.print(_classes(report))
    if report.transitions:
        console.print(_transitions(report))
    for line in outcome_lines(report):
        console.print(line, soft_wrap=True)
    if isinstance(report.outcome, Culprit):
        _show_culprit(console, report, report.outcome.transition, locations)
    console.print(_summary(report), style="dim", soft_wrap=True)
    if report.fixes:
        console.print()
        console.print(Text(plain(report.fixes)), soft_wrap=True)


def show_evaluation(
    console: Console, commit: Commit, evaluation: Evaluation, locations: Sequence[Location]
) -> None:
    """One commit's verdict and evidence."""
    show_verdict(console, "", commit, evaluation.observation.verdict)
    show_evidence(console, evaluation.observation, locations)


def show_matrix(console: Console, matrix: Matrix) -> None:
    """A commit's verdicts, target by target and compiler by compiler; where they disagree, all evidence."""
    console.print(named_commit(matrix.commit), soft_wrap=True)
    toolchains = list(matrix.rows[0].evaluations)
    table = Table("target", *toolchains, "", box=None)
    for row in matrix.rows:
        verdicts = (verdict_text(found.observation.verdict) for found in row.evaluations.values())
        table.add_row(row.target, *verdicts, _reason(row))
    console.print(table)
    for row in matrix.rows:
        if row.verdict is None:
            show_disagreement(console, Disagreement(row.target, row.evaluations))


def _reason(row: Row) -> Text:
    if row.verdict is None:
        return Text(_DISAGREEMENT, "bold red")
    first, *more = next(iter(row.evaluations.values())).observation.reason.split("; ")
    return Text(plain(first) + (f"; and {len(more)} more" if more else ""))


def show_disagreement(console: Console, disagreement: Disagreement) -> None:
    """What each compiler's code did."""
    console.print(Text(plain(str(disagreement)), "bold red"), soft_wrap=True)
    for toolchain, evaluation in disagreement.evaluations.items():
        console.print(Text(f" {toolchain} "), verdict_text(evaluation.observation.verdict))
        show_evidence(console, evaluation.observation, ())


def show_outcomes(console: Console, reports: Mapping[str, Report | None]) -> None:
    """A line for each target: how its bisection ended; None where the toolchains disagreed."""
    table = Table("target", "outcome", box=None)
    for target, report in reports.items():
        line = outcome_lines(report)[0] if report else Text(_DISAGREEMENT, "bold red")
        table.add_row(target, line)
    console.print(table)


def outcome_lines(report: Report) -> list[Text]:
    """The outcome in words: one line, or a few."""
    outcome = report.outcome
    named = report.described
    match outcome:
        case Culprit(transition):
            return [Text("culprit: ", "bold") + named_commit(named[transition.commit])]
        case Range(transition):
            first = Text(f"one of {len(transition.commits)} commits made the change; ", "bold")
            return [
                first + Text("those before the last cannot be tested:"),
                *(Text("  ") + named_commit(named[commit]) for commit in transition.commits),
            ]
        case NoRegression():
            return [Text(_no_regression(outcome, listed=bool(report.transitions)), "bold")]
        case BadMergeBase(merge_base, good):
            return [
                Text("fixed on the other side: ", "bold")
                + Text(f"merge base {merge_base[:SHORT]} is BAD already, and good revision {good[:SHORT]} ")
                + Text("holds a fix that the bad revision lacks")
            ]
        case Untestable(commit, reason):
            return [Text("untestable: ", "bold") + Text(f"{commit[:SHORT]}: {plain(reason)}")]


def _no_regression(outcome: NoRegression, *, listed: bool) -> str:
    """`listed`: transitions between the ends are known, and stand above."""
    line = f"no regression: the good end is {outcome.good.value}, the bad end is {outcome.bad.value}"
    fixed = outcome.bad is Verdict.GOOD
    if fixed and outcome.good is Verdict.BAD:
        return f"{line}; the range holds a fix ({'see above' if listed else '--exhaustive lists it'})"
    if fixed and listed:
        return f"{line}; nothing is broken at the bad end: what broke in between was fixed"
    return line


def _classes(report: Report) -> Table:
    table = Table(title="classes: versions of the code that behave alike", title_justify="left", box=None)
    for column in ("class", "verdict", "commits", "first commit"):
        table.add_column(column, justify="right" if column == "commits" else "left")
    for summary in report.classes:
        table.add_row(
            (summary.fingerprint or "-")[:SHORT],
            verdict_text(summary.verdict),
            str(summary.commits),
            named_commit(report.described[summary.first]),
        )
    return table


def _transitions(report: Report) -> Table:
    table = Table(title="transitions", title_justify="left", box=None, show_header=False)
    for transition in report.transitions:
        style = "red" if transition.after is Verdict.BAD else "green"
        where = named_commit(report.described[transition.commit])
        more = len(transition.commits) - 1
        table.add_row(
            Text(transition.kind.value, style), where + Text(f" or {more} before it" if more else "")
        )
    return table


def _show_culprit(
    console: Console, report: Report, transition: Transition, locations: Sequence[Location]
) -> None:
    for parent in transition.parents:
        seen = report.evidence[parent].observation.verdict
        show_verdict(console, "  parent  ", report.described[parent], seen)
    show_verdict(console, "  itself  ", report.described[transition.commit], transition.after)
    observation = report.evidence[transition.commit].observation
    show_evidence(console, observation, locations, differences_to_parents(report))


def show_verdict(console: Console, label: str, commit: Commit, verdict: Verdict) -> None:
    """One line: a commit and its verdict."""
    console.print(Text(label) + named_commit(commit), verdict_text(verdict), soft_wrap=True)


def _summary(report: Report) -> str:
    return (
        f"{report.commits} commits of the range may matter; {report.evaluations} judged, its ends and "
        f"parents included ({report.cached} from the store), {report.seconds:.1f} s"
    )


def named_commit(commit: Commit) -> Text:
    """Id and subject."""
    upstream = f" [{commit.upstream[:SHORT]} upstream]" if commit.upstream else ""
    return Text(f"{commit.id[:SHORT]}{upstream} {plain(commit.subject)}")


def verdict_text(verdict: Verdict) -> Text:
    """A verdict in its colour."""
    return Text(verdict.value, STYLES[verdict])
