# SPDX-License-Identifier: GPL-2.0-or-later
"""One evaluation, as every kind of worker runs it."""

from functools import lru_cache
from multiprocessing.util import Finalize

from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.services.evaluation import Evaluator


@lru_cache(maxsize=1)
def _evaluator(setup: Setup) -> Evaluator:
    """A worker serves one job; repository, compiler and header folder stay open between its tasks."""
    evaluator = Evaluator.open(setup)
    Finalize(None, evaluator.close, exitpriority=1)  # a worker ends without atexit
    return evaluator


def evaluate(setup: Setup, commit: str) -> Evaluation:
    """Judge one commit. The observation is stored when this returns."""
    return _evaluator(setup).evaluate(commit)
