# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd eval`."""

import json
import time

import click
from rich.console import Console

from bisectd.cli import options
from bisectd.cli.render import show_evaluation
from bisectd.domain.verdict import Verdict
from bisectd.services.evaluation import Evaluator, setup_for
from bisectd.services.report import evaluation_as_json

# By the rules of `git bisect run`: 0 good, 125 skip, 1 bad; a failure of ours is 128 or more (see main).
EXIT_CODES = {Verdict.GOOD: 0, Verdict.BAD: 1, Verdict.UNTESTABLE: 125}


@click.command()
@options.repo
@click.option("--rev", metavar="REV", required=True, help="The commit to judge.")
@options.setting
def eval_command(
    repo: str, rev: str, probe: str, target: str, toolchain: str, db: str | None, as_json: bool
) -> int:
    """Judge one commit: verdict and evidence.

    Exit code 0 GOOD, 1 BAD, 125 UNTESTABLE, 128 and up for failures, so that
    `git bisect run bisectd eval --rev HEAD …` works.
    """
    started = time.monotonic()
    with Evaluator.open(setup_for(repo, probe, target, toolchain, db)) as evaluator:
        commit = evaluator.repository.commit(evaluator.repository.resolve(rev))
        evaluation = evaluator.evaluate(commit.id)
        locations = evaluator.locations(evaluation)
        if as_json:
            found = evaluation_as_json(commit, evaluation, time.monotonic() - started, locations)
            click.echo(json.dumps(found, indent=2))
        else:
            show_evaluation(Console(), commit, evaluation, locations)
    return EXIT_CODES[evaluation.observation.verdict]
