# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd probe new` and `bisectd probe check`: probes of the user's own."""

import json
import shlex
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import click
from rich.console import Console
from rich.text import Text

from bisectd.cli import options
from bisectd.cli.render import show_evaluation
from bisectd.cli.text import plain
from bisectd.domain.errors import UserError
from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.domain.verdict import Verdict
from bisectd.probes.probe import Probe
from bisectd.probes.registry import own_probes
from bisectd.services.demo import demo_repository
from bisectd.services.evaluation import Evaluator, setup_for
from bisectd.services.probes import read_file, write_new
from bisectd.services.report import evaluation_as_json
from bisectd.services.targets import read_file as read_targets
from bisectd.services.targets import sensible

SCHEMA = "bisectd.probe-check/1"
REVISIONS = ("v4.4", "v4.19")  # of the bundled history


@click.group(name="probe", invoke_without_command=True)
@click.pass_context
def probe_command(context: click.Context) -> None:
    """Write and check probes of your own."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@probe_command.command("new")
@click.argument("name")
@click.option("--python", is_flag=True, help="Write a Python file instead of a TOML file.")
def new_command(name: str, python: bool) -> None:
    """Write NAME.toml or NAME.py to start with."""
    place = write_new(name, python=python)
    click.echo(f"wrote {place}; run it with: bisectd probe check {place}")


@probe_command.command("check")
@click.argument("file")
@click.option("--repo", metavar="PATH", help="Git repository; default: the bundled history.")
@click.option(
    "--rev",
    "revisions",
    metavar="REV",
    multiple=True,
    help=f"Revision to run it on; may repeat. Default: {' and '.join(REVISIONS)} of the bundled history.",
)
@click.option("--target", metavar="NAME", help="See `bisectd targets`; default: the first that makes sense.")
@options.target_file
@options.toolchain
@options.database
@options.as_json
def check_command(
    file: str,
    repo: str | None,
    revisions: tuple[str, ...],
    target: str | None,
    target_file: str | None,
    toolchain: str,
    db: str | None,
    as_json: bool,
) -> None:
    """Run the probes of a file on two revisions.

    A file that ends in .py is executed. Exit code 0 whatever the verdicts are.
    """
    own = read_file(file)
    if repo and not revisions:
        raise UserError("--repo is given: name the revisions to run the probe on, each with --rev")
    place = repo or str(demo_repository())
    targets = read_targets(target_file)
    found = []
    for probe in own_probes(own).values() if own else ():
        chosen = target or _first(probe, targets)
        setup = setup_for(place, probe.name, chosen, toolchain, db, targets, own)
        found.append(_Checked(probe, setup, *_judge(setup, revisions or REVISIONS, show=not as_json)))
    if as_json:
        click.echo(
            json.dumps({"schema": SCHEMA, "probes": [_as_json(checked) for checked in found]}, indent=2)
        )


class _Checked(NamedTuple):
    """What one probe of the file came to."""

    probe: Probe
    setup: Setup
    judged: Sequence[tuple[str, Evaluation]]
    rows: Sequence[dict[str, Any]]


def _first(probe: Probe, own_targets: str) -> str:
    sensible_ = sensible(probe, own_targets)
    if not sensible_:
        raise UserError(f"{probe.name}: it makes sense on no target: {', '.join(probe.targets)} are unknown")
    return next((name for name in probe.targets if name in {found.name for found in sensible_}), "pmac32")


def _judge(
    setup: Setup, revisions: Sequence[str], *, show: bool
) -> tuple[list[tuple[str, Evaluation]], list[dict[str, Any]]]:
    console, judged, rows = Console(), [], []
    with Evaluator.open(setup) as evaluator:
        if show:
            _introduce(console, evaluator.probe, setup)
        for revision in revisions:
            started = time.monotonic()
            commit = evaluator.repository.commit(evaluator.repository.resolve(revision))
            evaluation = evaluator.evaluate(commit.id)
            locations = evaluator.locations(evaluation)
            judged.append((revision, evaluation))
            rows.append(evaluation_as_json(commit, evaluation, time.monotonic() - started, locations))
            if show:
                show_evaluation(console, commit, evaluation, locations)
    if show:
        console.print(Text(plain(_advice(setup, judged))), soft_wrap=True)
    return judged, rows


def _introduce(console: Console, probe: Probe, setup: Setup) -> None:
    console.print(Text(plain(f"{probe.name}: {probe.must_hold}")), soft_wrap=True)
    cases = f", {len(probe.cases)} cases" if len(probe.cases) > 1 else ""
    what = f"{', '.join(probe.roots)} of {', '.join(probe.sources)} on {setup.target}{cases}"
    console.print(Text(f"  runs {plain(what)}"), soft_wrap=True)


def _advice(setup: Setup, judged: Sequence[tuple[str, Evaluation]]) -> str:
    """What to do next."""
    verdicts = [(revision, evaluation.observation.verdict) for revision, evaluation in judged]
    good = next((revision for revision, verdict in verdicts if verdict is Verdict.GOOD), None)
    bad = next((revision for revision, verdict in verdicts if verdict is Verdict.BAD), None)
    path = setup.own_probes.path if setup.own_probes else ""
    rest = shlex.join(["--probe-file", path, "--target", setup.target, "--toolchain", setup.toolchain])
    if good and bad:
        ends = f"--good {shlex.quote(good)} --bad {shlex.quote(bad)}"
        return f"they differ; find the commit: bisectd bisect --repo {setup.repository} {ends} {rest}"
    if good or bad:
        return "no revision differs; another one: --rev REV"
    return "nothing could be judged: see the reasons above"


def _as_json(checked: _Checked) -> dict[str, Any]:
    probe = checked.probe
    return {
        "name": probe.name,
        "label": probe.label,
        "target": checked.setup.target,
        "sources": list(probe.sources),
        "functions": list(probe.roots),
        "structures": list(probe.structures),
        "members": sorted(probe.members),
        "revisions": checked.rows,
    }
