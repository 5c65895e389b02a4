# SPDX-License-Identifier: GPL-2.0-or-later
"""What commits change, as diffs: the whole of one as git format-patch writes it, or some of its files."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from email.header import Header
from email.utils import format_datetime, formataddr

import pygit2

from bisectd.domain.commit import Commit, SourceTree
from bisectd.domain.errors import UserError

_MOST = 2_000  # files of one patch; an import of a release changes tens of thousands
_AUTHOR = re.compile(rb"^author (.*?) ?<([^>\n]*)> (\d+) ([+-])(\d\d)(\d\d)$", re.MULTILINE)


def author(commit: bytes) -> tuple[str, datetime]:
    """Name and address ("A U Thor <a@example.org>") and the time, of a raw commit."""
    match = _AUTHOR.search(commit.partition(b"\n\n")[0])
    if match is None:
        return "", datetime.fromtimestamp(0, UTC)
    name, address = (match[part].decode("utf-8", "replace").strip() for part in (1, 2))
    offset = timedelta(hours=int(match[5]), minutes=int(match[6])) * (-1 if match[4] == b"-" else 1)
    try:
        when = datetime.fromtimestamp(int(match[3]), timezone(offset))
    except (ValueError, OverflowError, OSError):
        when = datetime.fromtimestamp(0, UTC)
    return f"{name} <{address}>", when


def format_patch(repository: pygit2.Repository, commit: Commit, raw: bytes) -> bytes:
    """The commit as a mail, against its first parent. UserError for a root, a merge, and an import."""
    if len(commit.parents) != 1:
        what = "a merge" if commit.parents else "a root commit"
        raise UserError(f"{commit.id[:12]} is {what}: name a commit with one parent, or give the patch")
    found = repository.diff(commit.parents[0], commit.id)
    if len(found) > _MOST:
        raise UserError(f"{commit.id[:12]} changes {len(found)} files: give the fix alone, as a patch")
    diff = b"".join(_data(patch) for patch in found)
    name, when = author(raw)
    who, _, address = name.rpartition(" <")
    charset = None if commit.subject.isascii() else "utf-8"
    subject = Header(f"[PATCH] {commit.subject}", charset, header_name="Subject").encode()
    body = commit.message.lstrip("\n").partition("\n\n")[2]
    head = (
        f"From {commit.id} Mon Sep 17 00:00:00 2001\n"
        f"From: {formataddr((who, address.rstrip('>')))}\n"
        f"Date: {format_datetime(when)}\n"
        f"Subject: {subject}\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n"
    )
    text = head + body.strip("\n") + "\n---\n\n"
    return text.encode("utf-8", "surrogateescape") + diff


def changed_paths(repository: pygit2.Repository, before: str, after: str) -> list[str]:
    """The files in which two commits differ, by name."""
    deltas = repository.diff(before, after).deltas
    return sorted({delta.new_file.path or delta.old_file.path for delta in deltas})


def diff_of(before: SourceTree, after: SourceTree, paths: Iterable[str]) -> bytes:
    """The diff of some files."""
    return b"".join(_file(before, after, path) for path in sorted(set(paths)))


def _file(before: SourceTree, after: SourceTree, path: str) -> bytes:
    if before.blob_id(path) == after.blob_id(path):
        return b""
    old, new = (tree.read(path) if tree.blob_id(path) else b"" for tree in (before, after))
    return _data(pygit2.Patch.create_from(old, new, old_as_path=path, new_as_path=path))


def _data(patch: pygit2.Patch | None) -> bytes:
    return bytes(patch.data) if patch else b""
