# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever the store knows by a name, a number, the digits of an id, or a part of a subject."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bisectd.domain.commit import Commit
from bisectd.domain.errors import BisectdError
from bisectd.domain.seen import Heading, Passage
from bisectd.domain.tracking import Regression
from bisectd.probes.probe import Probe
from bisectd.probes.registry import PROBES
from bisectd.services.shown.readers import Readers
from bisectd.store.store import Store

LONGEST = 200
_MOST = 20  # commits on timelines
_HEX = re.compile(r"[0-9a-f]{4,40}")
_NUMBER = re.compile(r"#?([0-9]{1,9})")


@dataclass(frozen=True)
class Found:
    """What was found. `commits`: with the name of their repository, those that are in no passage."""

    words: str
    commits: Sequence[tuple[str, Commit]] = ()
    regressions: Sequence[Regression] = ()
    passages: Sequence[Passage] = ()
    jobs: Sequence[Heading] = ()
    probes: Sequence[Probe] = ()

    @property
    def anything(self) -> bool:
        """Whether it is more than nothing."""
        return bool(self.commits or self.regressions or self.passages or self.jobs or self.probes)


def search(store: Store, readers: Readers, words: str) -> Found:
    """Everything that fits, a bounded number of each."""
    words = " ".join(words.split())[:LONGEST]
    if not words:
        return Found("")
    lower = words.lower()
    with store.read() as tx:
        names = [one.name for one in tx.repositories.all()]
        known = tx.lookups.known_commits(lower) if _HEX.fullmatch(lower) else []
        latest = tx.lookups.latest_commits()
        regressions, passages = tx.lookups.find_regressions(words), tx.lookups.find_passages(words)
        number = _NUMBER.fullmatch(words)
        jobs = tx.lookups.jobs(before=int(number[1]) + 1, limit=1) if number else []
    on_timelines = {(one.repository, one.commit): one for one in passages}
    commits = _commits(readers, names, words, known) | _by_subject(readers, names, lower, latest)
    return Found(
        words,
        [(name, commit) for (name, number), commit in commits.items() if (name, number) not in on_timelines],
        regressions,
        list(on_timelines.values())[:_MOST],
        [job for job in jobs if number and job.id == int(number[1])],
        [probe for probe in PROBES.values() if lower in f"{probe.name} {probe.description}".lower()],
    )


def _commits(
    readers: Readers, names: Sequence[str], words: str, known: Sequence[str]
) -> dict[tuple[str, str], Commit]:
    """What a repository calls so, and judged commits with these digits."""
    found: dict[tuple[str, str], Commit] = {}
    for name in names:
        with suppress(BisectdError), readers.reading(name) as repository:
            commit = repository.commit(repository.named(words))
            found[name, commit.id] = commit
        for commit in readers.commits(name, known).values():
            found[name, commit.id] = commit
    return found


def _by_subject(
    readers: Readers, names: Sequence[str], lower: str, latest: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Commit]:
    """The latest commits that jobs have judged, by a part of their subject, which git knows."""
    judged: dict[str, list[str]] = {name: [] for name in names}
    for name, commit in latest:
        judged.setdefault(name, []).append(commit)
    found = [(name, one) for name in names for one in readers.commits(name, judged[name]).values()]
    return {(name, one.id): one for name, one in found if lower in one.subject.lower()}
