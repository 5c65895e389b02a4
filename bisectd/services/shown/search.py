# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever the store knows by a name, a number, the digits of an id, or a part of a subject."""

import re
from collections.abc import Sequence
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
_HEX = re.compile(r"[0-9a-f]{4,40}")
_NUMBER = re.compile(r"#?([0-9]{1,9})")


@dataclass(frozen=True)
class Found:
    """What was found. `commits`: with the name of their repository."""

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
        regressions, passages = tx.lookups.find_regressions(words), tx.lookups.find_passages(words)
        number = _NUMBER.fullmatch(words)
        jobs = tx.lookups.jobs(before=int(number[1]) + 1, limit=1) if number else []
    return Found(
        words,
        _commits(readers, names, words, known),
        regressions,
        list({(one.repository, one.commit): one for one in passages}.values()),
        [job for job in jobs if number and job.id == int(number[1])],
        [probe for probe in PROBES.values() if lower in f"{probe.name} {probe.description}".lower()],
    )


def _commits(
    readers: Readers, names: Sequence[str], words: str, known: Sequence[str]
) -> list[tuple[str, Commit]]:
    """What a repository calls so, and judged commits with these digits."""
    found: dict[tuple[str, str], Commit] = {}
    for name in names:
        with suppress(BisectdError), readers.reading(name) as repository:
            commit = repository.commit(repository.named(words))
            found[name, commit.id] = commit
        for commit in readers.commits(name, known).values():
            found[name, commit.id] = commit
    return [(name, commit) for (name, _), commit in found.items()]
