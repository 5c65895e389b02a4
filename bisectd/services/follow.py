# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches registered and followed: what the shell and the scheduler ask for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bisectd.domain.errors import UserError
from bisectd.domain.names import nearest, not_followed
from bisectd.domain.tracking import Branch
from bisectd.history import Repository
from bisectd.kernel import toolchain
from bisectd.kernel.targets import ALL
from bisectd.services import mirrors
from bisectd.services.database import opened
from bisectd.services.desk import Desk, Pool
from bisectd.services.following import follow, setups_named
from bisectd.services.ground import Scan, Scanned
from bisectd.services.panel import Hears, Panel
from bisectd.services.recording import Recorded
from bisectd.services.regressions import event_as_json
from bisectd.settings import settings
from bisectd.store.branches import Followed
from bisectd.store.store import Store

SCHEMA = "bisectd.follow/1"


@dataclass(frozen=True)
class Wanted:
    """What a user wants followed: names as given; none: see `Followed`. `database` None is the user's own."""

    repository: str
    branches: tuple[str, ...]
    probes: tuple[str, ...]
    targets: tuple[str, ...]
    toolchain: str
    since: str
    database: str | None


def check(wanted: Followed, repository: Repository) -> Followed:
    """The same with `since` as something that stays where it is. UserError for what there is not."""
    branches = repository.branches()
    if wanted.name not in branches:
        raise UserError(
            f"{repository.called} has no branch {wanted.name!r}: {nearest(wanted.name, branches)}"
        )
    if wanted.toolchain == ALL:
        raise UserError("a branch is followed with one compiler: name it with --toolchain")
    if wanted.toolchain not in toolchain.names():
        raise UserError(f"unknown toolchain {wanted.toolchain}: choose one of {', '.join(toolchain.names())}")
    probes, targets = wanted.probes or (ALL,), wanted.targets or (ALL,)
    setups_named(str(repository.path), probes, targets, wanted.toolchain, "sqlite:///x")
    since = wanted.since
    if since and since not in repository.tags():
        since = repository.resolve(since)
    return Followed(wanted.name, wanted.probes, wanted.targets, wanted.toolchain, since)


def register(store: Store, repository: int, wanted: Followed) -> Branch:
    """Follow a branch from now on; of one that is followed, more probes and targets. Check it first."""
    with store.begin() as tx:
        return tx.branches.follow(repository, wanted)


def follow_from_now(store: Store, data: Path, repository: str, wanted: Followed) -> Branch:
    """Let the service follow a branch of a registered repository. UserError for what there is not."""
    with store.read() as tx:
        registered = tx.repositories.named(repository)
    return register(store, registered.id, check(wanted, mirrors.opened(data, registered)))


def unfollow(store: Store, repository: str, name: str) -> Branch:
    """Follow a branch no longer. What was learned of it stays. UserError where it is not followed."""
    with store.begin() as tx:
        branches = {one.name: one for one in tx.branches.all(tx.repositories.known(repository).id)}
        found = branches.get(name)
        if found is None:
            raise UserError(not_followed(repository, name, branches))
        tx.branches.unfollow(found.id)
        return tx.branches.get(found.id)


def follow_here(wanted: Wanted, pool: Pool, hears: Hears) -> list[Recorded]:
    """Register branches of a repository on this machine and follow each once, stable branches last."""
    with _desk(wanted) as desk:
        checked = [
            check(
                Followed(name, wanted.probes, wanted.targets, wanted.toolchain, wanted.since), desk.repository
            )
            for name in dict.fromkeys(wanted.branches)
        ]
        place = str(Path(wanted.repository).resolve())
        with desk.store.begin() as tx:
            number = tx.branches.repository(place)
        branches = [register(desk.store, number, one) for one in checked]
        panel = Panel([desk], pool, hears)
        found = []
        for branch in sorted(branches, key=lambda branch: branch.stable):
            hears.stage(f"following {branch.name}")
            probes, targets = wanted.probes or branch.probes, wanted.targets or branch.targets
            setups = setups_named(place, probes, targets, branch.toolchain, desk.store.url)
            found.append(follow(branch, setups, panel))
        return found


@contextmanager
def _desk(wanted: Wanted) -> Iterator[Desk]:
    repository = Repository.open(wanted.repository)
    if wanted.toolchain == ALL:
        raise UserError("a branch is followed with one compiler: name it with --toolchain")
    store = opened(settings(db=wanted.database))
    desk = Desk(repository, store, toolchain.find(wanted.toolchain))
    try:
        yield desk
    finally:
        desk.close()


def as_json(found: Sequence[Recorded], seconds: float) -> dict[str, Any]:
    """What `bisectd follow --json` prints."""
    return {
        "schema": SCHEMA,
        "repository": found[0].scan.branch.repository_name,
        "branches": [recorded_as_json(one) for one in found],
        "seconds": round(seconds, 3),
    }


def recorded_as_json(found: Recorded) -> dict[str, Any]:
    """One branch: what was scanned, and what is new."""
    scan = found.scan
    return {
        "branch": scan.branch.name,
        "head": scan.head,
        "commits": scan.commits,
        "evaluations": sum(one.evaluations for one in scan.scanned),
        "cached": sum(one.cached for one in scan.scanned),
        "timelines": [_scanned(one, scan) for one in scan.scanned],
        "events": [event_as_json(found.regressions[event.id], event) for event in found.events],
    }


def _scanned(one: Scanned, scan: Scan) -> dict[str, Any]:
    return {
        "probe": one.setup.probe,
        "target": one.setup.target,
        "toolchain": one.setup.toolchain,
        "start": one.start,
        "head": scan.head,
        "scanned_from": one.begin or None,
        "verdict": one.verdict.value,
        "reason": one.reason,
        "versions": len(one.versions),
        "new_versions": one.new,
        "note": one.note,
    }
