# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd bisect`."""

import json

import click
from rich.console import Console

from bisectd.cli import options
from bisectd.cli.progress import progress
from bisectd.cli.render import show_report
from bisectd.domain.evaluation import Setup
from bisectd.domain.regression import Culprit
from bisectd.services.bisection import bisect, resolve
from bisectd.services.evaluation import Evaluator, setup_for
from bisectd.services.report import as_json as report_as_json
from workers.pool import LocalPool


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
    target: str,
    toolchain: str,
    db: str | None,
    as_json: bool,
    exhaustive: bool,
    jobs: int,
) -> None:
    """Find the commit of a range that changed what a probe sees.

    The range is what BAD contains and no GOOD does. Every observation is stored: the same command, run again
    after an interruption, goes on where it was.
    """
    run_bisection(
        setup_for(repo, probe, target, toolchain, db),
        goods,
        bad,
        exhaustive=exhaustive,
        jobs=jobs,
        as_json=as_json,
    )


def run_bisection(
    setup: Setup, goods: tuple[str, ...], bad: str, *, exhaustive: bool, jobs: int, as_json: bool
) -> None:
    """Bisect with progress on standard error, and print the report."""
    with Evaluator.open(setup) as evaluator, LocalPool(setup, jobs) as pool:
        question = resolve(evaluator, pool, goods, bad, exhaustive=exhaustive)
        with progress() as listener:
            report = bisect(question, evaluator, pool, listener)
        culprits = [report.outcome.transition.commit] if isinstance(report.outcome, Culprit) else []
        locations = evaluator.locations(report.evidence[culprits[0]]) if culprits else ()
        if as_json:
            click.echo(json.dumps(report_as_json(report, locations), indent=2))
        else:
            show_report(Console(), report, locations)
