# SPDX-License-Identifier: GPL-2.0-or-later
"""The versions of the code that a range holds."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bisectd.domain.verdict import Verdict
from bisectd.search.graph import Problem, view


@dataclass(frozen=True)
class ClassSummary:
    """The commits with one fingerprint: how many there are, and the oldest and the newest of them.

    `fingerprint` is None for the commits that have none because they could not be built.
    """

    fingerprint: str | None
    verdict: Verdict
    commits: int
    first: str
    last: str


def classes(
    problem: Problem, fingerprints: Mapping[str, str], known: Mapping[str, Verdict]
) -> tuple[ClassSummary, ...]:
    """The classes of all commits with a verdict, by their first commit, oldest first.

    Verdict and fingerprint of a commit are its own or those of a commit with its label. A fingerprint seen
    with two verdicts, which should not be, is two classes.
    """
    graph, verdicts = view(problem, known)
    by_label = {problem.label_of(commit): fingerprints[commit] for commit in sorted(fingerprints)}
    members: defaultdict[tuple[str | None, Verdict], list[str]] = defaultdict(list)
    for commit, label, verdict in zip(graph.commits, graph.labels, verdicts, strict=True):
        if verdict:
            members[fingerprints.get(commit, by_label.get(label)), verdict].append(commit)
    return tuple(
        ClassSummary(fingerprint, verdict, len(commits), commits[0], commits[-1])
        for (fingerprint, verdict), commits in members.items()
    )
