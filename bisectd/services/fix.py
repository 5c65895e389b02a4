# SPDX-License-Identifier: GPL-2.0-or-later
"""The fix that was given: read from wherever it is, and applied to what it was made for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bisectd.domain.commit import SourceTree
from bisectd.domain.errors import UserError
from bisectd.history import Repository
from bisectd.suggest import mail
from bisectd.suggest.hunks import DoesNotApply, apply
from bisectd.suggest.mail import LONGEST, Patch

STDIN = "-"
_MAILS = 1_000  # of a maildir

Changes = Mapping[str, bytes | None]  # path → content, None for a file that is gone


@dataclass(frozen=True)
class Fix:
    """The patch, those of its series that it builds on, and the commit where it is one of the repository."""

    patch: Patch
    before: tuple[Patch, ...] = ()
    commit: str | None = None


@dataclass(frozen=True)
class Base:
    """What the fix was made for: a commit, its name, how it was found, and the files before and after.

    `before` is empty but for a patch of a series: what the patches before it change.
    """

    commit: str
    name: str
    how: str
    before: Changes
    after: Changes

    @property
    def title(self) -> str:
        """Its name with the commit's id, once where that is the name."""
        short = self.commit[:12]
        return short if self.name == short else f"{self.name} ({short})"


def read_fix(name: str, number: int | None, repository: Repository, stdin: BinaryIO) -> Fix:
    """An mbox, a maildir, a diff, "-" for standard input, or a commit. UserError where it is none of them."""
    data = read_mails(name, stdin)
    return of_commit(name, repository) if data is None else of_mails(data, number)


def read_mails(name: str, stdin: BinaryIO) -> bytes | None:
    """The bytes of an mbox, a maildir, a diff, or "-" for standard input; None: it can only be a commit."""
    place = Path(name)
    if name == STDIN:
        return stdin.read(LONGEST + 1)
    if place.is_dir():
        return _maildir(place)
    return _file(place) if place.exists() else None


def of_mails(data: bytes, number: int | None = None) -> Fix:
    """The fix among the mails of an mbox."""
    return Fix(*mail.choose(mail.read(data), number))


def of_commit(name: str, repository: Repository) -> Fix:
    """The fix that a commit of the repository is."""
    try:
        commit = repository.resolve(name)
    except UserError as error:
        raise UserError(f"{name!r} is no file, no maildir and no commit: {error}") from None
    (patch,) = mail.read(repository.format_patch(commit))
    return Fix(patch, (), commit)


def _file(place: Path) -> bytes:
    try:
        with place.open("rb") as file:
            return file.read(LONGEST + 1)
    except OSError as error:
        raise UserError(f"cannot read {place}: {error.strerror}") from error


def _maildir(place: Path) -> bytes:
    """The mails of a maildir's cur and new as one mbox, in the order of their names (b4 numbers them)."""
    mails = sorted(mail for folder in ("cur", "new") for mail in (place / folder).glob("*") if mail.is_file())
    if not mails or len(mails) > _MAILS:
        raise UserError(f"{place} is no maildir with 1 to {_MAILS} mails in cur and new")
    whole = (_file(one) for one in mails)
    return b"".join(
        b"From git@z Thu Jan  1 00:00:00 1970\n" * (not one.startswith(b"From "))
        + one.rstrip(b"\n")
        + b"\n\n"
        for one in whole
    )


def find_base(fix: Fix, repository: Repository) -> Base:
    """What the fix was made for. DoesNotApply, with the reason, where it fits nowhere.

    In this order: the parent, of a commit; the base-commit footer; the newest release, branch or commit whose
    files have the blob ids of the index lines; the newest release that it applies to; HEAD.
    """
    if fix.commit:
        parent = repository.commit(fix.commit).parents[0]
        return _applied(fix, repository, parent, parent[:12], "the commit's parent")
    reason: DoesNotApply | None = None
    tried: set[str] = set()
    for commit, name, how in _candidates(fix, repository):
        if commit in tried:
            continue
        tried.add(commit)
        try:
            return _applied(fix, repository, commit, name, how)
        except DoesNotApply as error:
            reason = reason or error
    raise DoesNotApply(
        f"the patch applies to no release and not to HEAD of {repository.called}: "
        + (str(reason) if reason else "there is no commit in it")
    )


def _candidates(fix: Fix, repository: Repository) -> Iterator[tuple[str, str, str]]:
    """Commit, name and how it was found, the likeliest first."""
    footer = next((patch.base_commit for patch in (*fix.before, fix.patch) if patch.base_commit), None)
    if footer:
        with suppress(UserError):  # a base that is not published: go on with what the patch says of its files
            yield repository.resolve(footer), footer[:12], "its base-commit"
    places = _places(repository)
    blobs = _blobs(fix)
    if blobs:
        for commit, name in places:
            if _has(repository.tree(commit), blobs):
                yield commit, name, "the blob ids of its index lines"
        for commit in _of_history(repository, blobs):
            yield commit, commit[:12], "the blob ids of its index lines"
    for commit, name in places:
        yield commit, name, "the newest release that it applies to"
    try:
        yield repository.resolve("HEAD"), "HEAD", "HEAD, as it applies to no release"
    except UserError:
        return


def _places(repository: Repository) -> list[tuple[str, str]]:
    """Releases, newest first."""
    return [(release.commit, release.name) for release in reversed(repository.releases())]


def _blobs(fix: Fix) -> dict[str, str]:
    """Path → the blob that the first patch to touch it was made from."""
    found: dict[str, str] = {}
    for patch in (*fix.before, fix.patch):
        for change in patch.changes:
            for path in change.paths:
                blob = change.old_blob if path == change.old else ""
                found.setdefault(path, blob.rstrip("0") and blob)
    return {path: blob for path, blob in found.items() if blob}


def _has(tree: SourceTree, blobs: Mapping[str, str]) -> bool:
    return all((tree.blob_id(path) or "").startswith(blob) for path, blob in blobs.items())


def _of_history(repository: Repository, blobs: Mapping[str, str]) -> Iterator[str]:
    """The newest commit of HEAD's history whose files have the blob ids."""
    try:
        commits: Sequence[str] = repository.walk(["HEAD"], sorted(blobs))
    except UserError:  # no HEAD, or a history that was cut off
        return
    yield from (commit for commit in commits if _has(repository.tree(commit), blobs))


def _applied(fix: Fix, repository: Repository, commit: str, name: str, how: str) -> Base:
    tree = repository.tree(commit)
    before = _stacked(tree, fix.before, {})
    return Base(commit, name, how, before, _stacked(tree, (fix.patch,), before))


def _stacked(tree: SourceTree, patches: Sequence[Patch], start: Changes) -> Changes:
    """What patches, one on top of the other, make of the files."""
    changes = dict(start)

    def read(path: str) -> bytes | None:
        if path in changes:
            return changes[path]
        return tree.read(path) if tree.blob_id(path) else None

    for patch in patches:
        changes |= apply(patch.changes, read)
    return changes
