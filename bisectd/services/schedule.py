# SPDX-License-Identifier: GPL-2.0-or-later
"""What is due without anybody asking: repositories fetched, branches followed, messages delivered."""

import hashlib
import logging

from bisectd.domain.errors import BisectdError
from bisectd.domain.jobs import FOLLOWER, Asked, JobKind, Registered
from bisectd.domain.tracking import Branch
from bisectd.services import hooks, jobs, mirrors
from bisectd.settings import Settings
from bisectd.store.store import Store

_log = logging.getLogger(__name__)


def run_due(store: Store, settings: Settings) -> None:
    """Do what is due now. What fails is logged, and due again."""
    with store.read() as tx:
        repositories = tx.repositories.all()
    for repository in repositories:
        try:
            follow_all(store, settings, repository)
        except BisectdError as error:
            _log.warning("repository %s: %s", repository.name, error)
    delivered = hooks.deliver(store, settings)
    for line in delivered.failed:
        _log.warning("%s", line)


def follow_all(store: Store, settings: Settings, repository: Registered) -> None:
    """Fetch a repository where that is due, and submit a job for each followed branch that has moved.

    Each machine fetches its own mirror; only the one that did so last knows which branches have moved.
    """
    with store.read() as tx:
        if not tx.branches.all(repository.id):
            return
    if mirrors.due(settings.data, repository, settings.fetch):
        mirrors.fetch(store, settings.data, repository)
    with store.read() as tx:
        repository, branches = tx.repositories.named(repository.name), tx.branches.all(repository.id)
    if not mirrors.current(settings.data, repository):
        return
    heads = mirrors.opened(settings.data, repository).branches()
    for branch in branches:
        head = heads.get(branch.name)
        if head and head != branch.head:
            _submit(store, settings, branch, head)


def _submit(store: Store, settings: Settings, branch: Branch, head: str) -> None:
    """Once for a head, what is followed, and the scan before: a job that failed is not submitted again."""
    asked = Asked(
        JobKind.FOLLOW,
        branch.repository_name,
        branch.toolchain,
        bad=head,
        branch=branch.id,
        branch_name=branch.name,
    )
    what = repr(
        (
            branch.id,
            branch.created,
            head,
            branch.probes,
            branch.targets,
            branch.since,
            branch.scanned,
        )
    )
    key = f"follow {hashlib.sha256(what.encode()).hexdigest()}"
    jobs.submit(store, settings, FOLLOWER, jobs.Submission(asked, idempotency_key=key))
