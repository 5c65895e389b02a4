# SPDX-License-Identifier: GPL-2.0-or-later
"""Progress on standard error, while a bisection works."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from bisectd.domain.evaluation import Evaluation
from bisectd.services.bisection import Listener


class Display:
    """A `Listener` that draws: how many commits may matter, how many were judged, the last verdict."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("reading the history", total=None)
        self._judged = 0

    def searching(self, candidates: Sequence[str]) -> None:
        """See `Listener`."""
        self._progress.update(self._task, description=f"{len(candidates)} commits may matter")

    def evaluated(self, evaluation: Evaluation, steps_left: int) -> None:
        """See `Listener`."""
        self._judged += 1
        verdict = evaluation.observation.verdict.value
        self._progress.update(
            self._task,
            description=f"{evaluation.commit[:12]} is {verdict}",
            completed=self._judged,
            total=self._judged + steps_left - 1,
        )


class Log:
    """A `Listener` for a pipe or a file: one line a judged commit."""

    def searching(self, candidates: Sequence[str]) -> None:
        """See `Listener`."""
        click.echo(f"{len(candidates)} commits may matter", err=True)

    def evaluated(self, evaluation: Evaluation, steps_left: int) -> None:
        """See `Listener`."""
        verdict = evaluation.observation.verdict.value
        click.echo(f"{evaluation.commit[:12]} is {verdict}, about {steps_left} steps left", err=True)


@contextmanager
def progress() -> Iterator[Listener]:
    """Show progress on standard error until the block ends."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Log()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        yield Display(shown)
