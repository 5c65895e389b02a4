# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd suggest`."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from bisectd.cli import options
from bisectd.cli.render_suggestion import show_suggestion
from bisectd.cli.text import plain
from bisectd.domain.errors import MachineError
from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.history import Repository
from bisectd.services import tracking
from bisectd.services.fix import read_fix
from bisectd.services.probes import read_file as read_probes
from bisectd.services.suggestion import Question, Suggestion, suggest
from bisectd.services.suggestion_report import as_json as suggestion_as_json
from bisectd.services.targets import read_file as read_targets
from workers.shared import SharedPool

_OUT = click.Path(path_type=Path, dir_okay=False)


class Told:
    """A `Hears` that writes a line for each stage, and counts on a terminal."""

    def __init__(self) -> None:
        self._judged = 0
        self._terminal = sys.stderr.isatty()

    def stage(self, what: str) -> None:
        """See `Hears`."""
        click.echo(plain(what), err=True)

    def judged(self, setup: Setup, evaluation: Evaluation) -> None:
        """See `Hears`."""
        self._judged += 1
        if self._terminal:
            verdict = evaluation.observation.verdict.value
            line = f"{self._judged} judged; {setup.probe} on {setup.target}: {verdict}"
            click.echo(f"\r\x1b[K{line[:100]}", nl=False, err=True)

    def done(self) -> None:
        """Nothing is left of the count."""
        if self._terminal and self._judged:
            click.echo("\r\x1b[K", nl=False, err=True)


@contextmanager
def told() -> Iterator[Told]:
    """Progress on standard error."""
    hears = Told()
    try:
        yield hears
    finally:
        hears.done()


@click.command(short_help="From a fix to its Fixes: line, and the kernels that want it.")
@click.argument("fix", metavar="FIX")
@options.repo
@click.option("--patch", "number", metavar="N", type=click.IntRange(1), help="Of a series: which one.")
@click.option("--target", metavar="NAME", default="all", show_default=True, help="See `bisectd targets`.")
@options.probe_file
@options.target_file
@options.toolchain
@options.jobs
@options.database
@options.as_json
@click.option("--write", metavar="FILE", type=_OUT, help="Write the corrected patch, for git am.")
@click.option("--reply", metavar="FILE", type=_OUT, help="Write an answer to the list.")
@click.option("--regzbot", is_flag=True, help="Print the #regzbot lines.")
@click.option("--bisect-log", metavar="FILE", type=_OUT, help="Write a log for `git bisect replay`.")
def suggest_command(
    fix: str,
    repo: str,
    number: int | None,
    target: str,
    probe_file: str | None,
    target_file: str | None,
    toolchain: str,
    jobs: int,
    db: str | None,
    as_json: bool,
    write: Path | None,
    reply: Path | None,
    regzbot: bool,
    bisect_log: Path | None,
) -> int:
    """Say what a fix cures, which commit introduced that, and which kernels have it.

    FIX is an mbox (git format-patch, b4, Patchwork), a maildir, a diff, - for standard input, or a commit.
    """
    question = Question(repo, target, toolchain, db, read_targets(target_file), read_probes(probe_file))
    with told() as hears, SharedPool(jobs) as pool:
        found = suggest(
            question, lambda repository: read_fix(fix, number, repository, sys.stdin.buffer), pool, hears
        )
    # Everything is made before anything is written, so that a wish that cannot be granted leaves no half.
    files = {
        path: data
        for path, data in (
            (write, found.corrected() if write else b""),
            (reply, tracking.reply(found).encode() if reply else b""),
            (bisect_log, _log(found) if bisect_log else b""),
        )
        if path
    }
    lines = tracking.regzbot(found) if regzbot else ""
    for path, data in files.items():
        _write(path, data)
    if as_json:
        click.echo(json.dumps(suggestion_as_json(found) | ({"regzbot": lines} if regzbot else {}), indent=2))
    else:
        show_suggestion(Console(), suggestion_as_json(found))
        click.echo(f"\n{lines}" if lines else "", nl=False)
    return 0


def _log(found: Suggestion) -> bytes:
    return tracking.bisect_log(found, Repository.open(found.repository)).encode()


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise MachineError(f"cannot write {path}: {error.strerror}") from error
