# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks on answers that were taken from another commit with the same label."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from bisectd.domain.regression import Transition
from bisectd.domain.verdict import Verdict
from bisectd.search.graph import Problem, view


@dataclass(frozen=True)
class Disagreement:
    """A commit that ran and gave another verdict than the one it was `answered` with for its label."""

    commit: str
    label: str
    answered: Verdict
    ran: Verdict


def audit_sample(problem: Problem, known: Mapping[str, Verdict], k: int, seed: str) -> tuple[str, ...]:
    """At most `k` commits to run again: of those answered by their label, the ones the seed draws."""
    graph, verdicts = view(problem, known)
    answered = [
        commit
        for commit, verdict in zip(graph.commits, verdicts, strict=True)
        if verdict and commit not in known
    ]
    return tuple(sorted(answered, key=lambda commit: sha256(f"{seed}\0{commit}".encode()).digest())[:k])


def disagreements(
    problem: Problem, known: Mapping[str, Verdict], audited: Mapping[str, Verdict]
) -> tuple[Disagreement, ...]:
    """Where `audited` (commit → what it gave when it ran) differs from what `known` says, oldest first."""
    graph, verdicts = view(problem, known)
    return tuple(
        Disagreement(commit, label, answered, audited[commit])
        for commit, label, answered in zip(graph.commits, graph.labels, verdicts, strict=True)
        if answered and audited.get(commit, answered) is not answered
    )


def not_run(transition: Transition, known: Mapping[str, Verdict]) -> tuple[str, ...]:
    """The commits that the transition rests on and that were answered by their label: run them to confirm."""
    return tuple(commit for commit in (*transition.parents, transition.commit) if commit not in known)
