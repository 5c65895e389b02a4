# SPDX-License-Identifier: GPL-2.0-or-later
"""Pure search over a simplified history: bisection by labels, every transition, classes, audit."""

from bisectd.search.audit import Disagreement, audit_sample, disagreements, not_run
from bisectd.search.classes import ClassSummary, classes
from bisectd.search.graph import Problem, verdict_of
from bisectd.search.line import Known, LineVersion, line
from bisectd.search.step import Ask, Done, Evaluate, Step, next_step, search

__all__ = [
    "Ask",
    "ClassSummary",
    "Disagreement",
    "Done",
    "Evaluate",
    "Known",
    "LineVersion",
    "Problem",
    "Step",
    "audit_sample",
    "classes",
    "disagreements",
    "line",
    "next_step",
    "not_run",
    "search",
    "verdict_of",
]
