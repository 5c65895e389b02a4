# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd eval`."""

import json
import time

import click
from rich.console import Console

from bisectd.cli import options
from bisectd.cli.render import show_evaluation, show_matrix
from bisectd.domain.evaluation import Setup
from bisectd.domain.verdict import Verdict
from bisectd.kernel.targets import ALL
from bisectd.services.choice import setups_for
from bisectd.services.evaluation import Evaluator
from bisectd.services.matrix import Matrix, judge
from bisectd.services.matrix import as_json as matrix_as_json
from bisectd.services.probes import read_file as read_probes
from bisectd.services.report import evaluation_as_json
from bisectd.services.targets import read_file as read_targets

# By the rules of `git bisect run`: 0 good, 125 skip, 1 bad; a failure of ours is 128 or more (see main).
EXIT_CODES = {Verdict.GOOD: 0, Verdict.BAD: 1, Verdict.UNTESTABLE: 125}
DISAGREEMENT = 129


@click.command()
@options.repo
@click.option("--rev", metavar="REV", required=True, help="The commit to judge.")
@options.setting
def eval_command(
    repo: str,
    rev: str,
    probe: str,
    probe_file: str | None,
    target: str,
    target_file: str | None,
    toolchain: str,
    db: str | None,
    as_json: bool,
) -> int:
    """Judge one commit: verdict and evidence.

    Exit code 0 GOOD, 1 BAD, 125 UNTESTABLE, 128 and up for failures, so that
    `git bisect run bisectd eval --rev HEAD …` works. With --target all: 1 if any target is BAD, else 0 if any
    is GOOD, else 125.
    """
    setups = setups_for(
        repo, probe, target, toolchain, db, read_targets(target_file), read_probes(probe_file)
    )
    if ALL not in {target, toolchain}:
        return _judge_one(setups[target][toolchain], rev, as_json)
    started = time.monotonic()
    matrix = judge(setups, rev)
    if as_json:
        click.echo(json.dumps(matrix_as_json(matrix, time.monotonic() - started), indent=2))
    else:
        show_matrix(Console(), matrix)
    return _code(matrix)


def _judge_one(setup: Setup, rev: str, as_json: bool) -> int:
    started = time.monotonic()
    with Evaluator.open(setup) as evaluator:
        commit = evaluator.repository.commit(evaluator.repository.resolve(rev))
        evaluation = evaluator.evaluate(commit.id)
        locations = evaluator.locations(evaluation)
        if as_json:
            found = evaluation_as_json(commit, evaluation, time.monotonic() - started, locations)
            click.echo(json.dumps(found, indent=2))
        else:
            show_evaluation(Console(), commit, evaluation, locations)
    return EXIT_CODES[evaluation.observation.verdict]


def _code(matrix: Matrix) -> int:
    """One code for all targets: what teaches nothing first, then the worst that was seen."""
    verdicts = {row.verdict for row in matrix.rows}
    if None in verdicts:
        return DISAGREEMENT
    worst = next(
        verdict for verdict in (Verdict.BAD, Verdict.GOOD, Verdict.UNTESTABLE) if verdict in verdicts
    )
    return EXIT_CODES[worst]
