# SPDX-License-Identifier: GPL-2.0-or-later
"""Progress on standard error, while a bisection works."""

from collections.abc import Iterator
from contextlib import contextmanager

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


class Display:
    """A `Listener` that draws: how many commits may matter, how many were judged, the last verdict."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("reading the history", total=None)
        self._judged = 0

    def searching(self, candidates: int) -> None:
        """See `Listener`."""
        self._progress.update(self._task, description=f"{candidates} commits may matter")

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


@contextmanager
def progress() -> Iterator[Display]:
    """Show progress until the block ends; on a pipe or in a log nothing but the last state is written."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        yield Display(shown)
