# SPDX-License-Identifier: GPL-2.0-or-later
"""A commit with all that is known of it: message, diff, verdicts, what its functions do otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bisectd.domain.changes import Change, changes
from bisectd.domain.commit import Commit
from bisectd.domain.errors import NotFound, UserError
from bisectd.domain.seen import Judged, Passage, Summed
from bisectd.domain.tracking import Regression
from bisectd.history import Repository
from bisectd.kernel.targets import all_targets
from bisectd.probes.registry import PROBES
from bisectd.services.shown.readers import Readers
from bisectd.store.store import Store

_FILES = 12  # diffs of one page
_LINES = 1500  # of all of them together


@dataclass(frozen=True)
class Different:
    """What the functions of a commit do otherwise than those of a parent, on one target."""

    parent: Commit
    target: str
    changes: Sequence[Change]


@dataclass(frozen=True)
class Patch:
    """The diff of the files that matter. `others`: further files of the commit. `cut`: lines left out."""

    text: str
    files: Sequence[str]
    others: Sequence[str]
    cut: int


@dataclass(frozen=True)
class CommitPage:
    """Everything about a commit."""

    repository: str
    commit: Commit
    author: str
    release: str | None
    parents: Sequence[Commit]
    patch: Patch
    verdicts: Sequence[Judged]
    failures: Sequence[tuple[str, str, str]]
    different: Sequence[Different]
    passages: Sequence[Passage]
    regressions: Sequence[Regression]


def commit_page(store: Store, readers: Readers, name: str, revision: str) -> CommitPage:
    """A commit by its id, a tag or a branch. NotFound where the repository has none of that name."""
    with readers.reading(name) as repository:
        try:
            commit = repository.commit(repository.named(revision))
        except UserError as error:
            raise NotFound(str(error)) from None
        parents = [repository.commit(parent) for parent in commit.parents]
        author = repository.author(commit.id)
        with store.read() as tx:
            read = tx.lookups.paths_of_commit(commit.id)
        patch = _patch(repository, commit, read)
    with store.read() as tx:
        passages = tx.lookups.passages(commit.id)
        own = tx.lookups.summaries_of_commit(commit.id)
        theirs = {parent.id: tx.lookups.summaries_of_commit(parent.id) for parent in parents}
        return CommitPage(
            repository=name,
            commit=commit,
            author=author,
            release=tx.lookups.release_of(commit.id),
            parents=parents,
            patch=patch,
            verdicts=tx.lookups.verdicts_of_commit(commit.id),
            failures=tx.lookups.failures_of_commit(commit.id),
            different=_different(parents, own, theirs),
            passages=[one for one in passages if one.repository == name],
            regressions=tx.lookups.of_commit(tx.repositories.named(name).id, commit.id),
        )


def _patch(repository: Repository, commit: Commit, read: frozenset[str]) -> Patch:
    changed = repository.changed(commit.id)
    matters = [path for path in changed if path in read] or [path for path in changed if path in sources()]
    shown = matters[:_FILES]
    lines = repository.diff(commit.id, shown).decode("utf-8", "replace").splitlines() if shown else []
    others = [path for path in changed if path not in set(shown)]
    return Patch("\n".join(lines[:_LINES]), shown, others, max(len(lines) - _LINES, 0))


@cache
def sources() -> frozenset[str]:
    """The files that some probe compiles."""
    return frozenset(
        path for probe in PROBES.values() for target in all_targets() for path in probe.sources_for(target)
    )


def _different(
    parents: Sequence[Commit], own: Sequence[Summed], theirs: Mapping[str, Sequence[Summed]]
) -> list[Different]:
    found = []
    for parent in parents:
        before = {one.setting: one.summary for one in theirs[parent.id]}
        found += [
            Different(parent, after.target, changes(before[after.setting], after.summary))
            for after in own
            if after.setting in before
        ]
    return found
