# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd bisect`."""

import dataclasses
import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeAlias

import click
from rich.console import Console
from rich.text import Text

from bisectd.cli import options
from bisectd.cli.progress import progress
from bisectd.cli.render import show_disagreement, show_outcomes, show_report
from bisectd.domain.agreement import Disagreement
from bisectd.domain.evaluation import Setup
from bisectd.domain.regression import Culprit
from bisectd.kernel.targets import ALL
from bisectd.services.bisection import Judge, bisect, resolve
from bisectd.services.choice import setups_for
from bisectd.services.evaluation import Evaluator
from bisectd.services.location import Location
from bisectd.services.matrix import disagreement_as_json
from bisectd.services.probes import read_file as read_probes
from bisectd.services.report import Report
from bisectd.services.report import as_json as report_as_json
from bisectd.services.targets import read_file as read_targets
from workers.pool import LocalPool

MATRIX_SCHEMA = "bisectd.bisect-matrix/1"
DISAGREEMENT = 129  # as for every failure that teaches nothing, see bisectd.cli.main


@dataclass(frozen=True)
class Range:
    """What to bisect, and how."""

    goods: tuple[str, ...]
    bad: str
    exhaustive: bool
    jobs: int


@dataclass(frozen=True)
class Found:
    """What a bisection came to, and where the instruction is that its evidence names."""

    report: Report
    locations: tuple[Location, ...]


Answer: TypeAlias = Found | Disagreement


@click.command()
@options.repo
@click.option(
    "--good", "goods", metavar="REV", multiple=True, required=True, help="Good revision; may repeat."
)
@click.option("--bad", metavar="REV", required=True, help="Bad revision.")
@options.setting
@click.option("--exhaustive", is_flag=True, help="Run every class of the range and list every transition.")
@options.jobs
def bisect_command(
    repo: str,
    goods: tuple[str, ...],
    bad: str,
    probe: str,
    probe_file: str | None,
    target: str,
    target_file: str | None,
    toolchain: str,
    db: str | None,
    as_json: bool,
    exhaustive: bool,
    jobs: int,
) -> int:
    """Find the commit of a range that changed what a probe sees.

    The range is what BAD contains and no GOOD does. Every observation is stored: the same command, run again
    after an interruption, goes on where it was.
    """
    setups = setups_for(
        repo, probe, target, toolchain, db, read_targets(target_file), read_probes(probe_file)
    )
    what = Range(goods, bad, exhaustive, jobs)
    if target != ALL:
        return run_bisection(setups[target], what, as_json=as_json)
    return _run_matrix(setups, what, as_json=as_json)


def run_bisection(setups: Mapping[str, Setup], what: Range, *, as_json: bool) -> int:
    """Bisect for one target, toolchain → setup, and print the answer; the exit code."""
    answer = _bisect(setups, what)
    if as_json:
        click.echo(json.dumps(_as_json(answer), indent=2))
    else:
        _show(Console(), answer)
    return _code(answer)


def _run_matrix(setups: Mapping[str, Mapping[str, Setup]], what: Range, *, as_json: bool) -> int:
    """Bisect for one target after the other, and print all answers; the exit code."""
    console = Console()
    answers: dict[str, Answer] = {}
    for target, by_toolchain in setups.items():
        answers[target] = _bisect(by_toolchain, what)
        if not as_json:
            console.print(Text(f"target {target}", "bold underline"))
            _show(console, answers[target])
            console.print()
    if as_json:
        found = {target: _as_json(answer) for target, answer in answers.items()}
        click.echo(json.dumps({"schema": MATRIX_SCHEMA, "targets": found}, indent=2))
    else:
        show_outcomes(
            console,
            {name: answer.report if isinstance(answer, Found) else None for name, answer in answers.items()},
        )
    return max(map(_code, answers.values()))


def _bisect(setups: Mapping[str, Setup], what: Range) -> Answer:
    """Bisect with progress on standard error."""
    with ExitStack() as stack:
        first, *others = (
            Judge(
                stack.enter_context(Evaluator.open(setup)), stack.enter_context(LocalPool(setup, what.jobs))
            )
            for setup in setups.values()
        )
        question = resolve(*first, what.goods, what.bad, exhaustive=what.exhaustive)
        if others:
            question = dataclasses.replace(question, toolchain=ALL)
        try:
            with progress() as listener:
                report = bisect(question, *first, listener, others)
        except Disagreement as disagreement:
            return disagreement
        culprits = [report.outcome.transition.commit] if isinstance(report.outcome, Culprit) else []
        locations = first.evaluator.locations(report.evidence[culprits[0]]) if culprits else ()
        return Found(report, locations)


def _show(console: Console, answer: Answer) -> None:
    if isinstance(answer, Disagreement):
        show_disagreement(console, answer)
    else:
        show_report(console, answer.report, answer.locations)


def _as_json(answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Disagreement):
        return disagreement_as_json(answer)
    return report_as_json(answer.report, answer.locations)


def _code(answer: Answer) -> int:
    return DISAGREEMENT if isinstance(answer, Disagreement) else 0
