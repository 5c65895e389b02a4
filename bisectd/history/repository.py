# SPDX-License-Identifier: GPL-2.0-or-later
"""A git repository, opened for reading."""

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path

import pygit2
from pygit2.enums import ConfigLevel, ObjectType, RepositoryOpenFlag

from bisectd.domain.commit import Commit, SourceTree
from bisectd.domain.errors import MissingObject, UserError
from bisectd.history import ancestry
from bisectd.history.message import message
from bisectd.history.objects import Objects, has_grafts
from bisectd.history.overlay import PatchedTree
from bisectd.history.patches import author, changed_paths, diff_of, format_patch
from bisectd.history.paths import watch_list
from bisectd.history.releases import Release, releases, releases_with
from bisectd.history.revisions import Endpoint, endpoints, is_name
from bisectd.history.tree import CommitTree, Directories
from bisectd.history.treesame import TreeSame
from bisectd.history.walk import History, Walk

# For the whole process, and right for one that only reads objects: no hook, filter or configured program is
# ever run, so who owns a repository (safe.directory) does not matter; the user's and the machine's git
# configuration have no say; a partial clone may be opened; and at most 64 MiB of packs are mapped at a time,
# which costs no time that can be measured.
pygit2.settings.owner_validation = False
for _level in (ConfigLevel.PROGRAMDATA, ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL):
    pygit2.settings.search_path[_level] = ""
pygit2.settings.mwindow_size = 16 << 20
pygit2.settings.mwindow_mapped_limit = 64 << 20
pygit2.settings.set_extensions(["partialclone"])

_GRAPHS = 64  # histories that are remembered; a large one of a kernel takes a megabyte


class Repository:
    """Commits, trees and history of one repository. Ids are full lowercase hex throughout.

    Missing objects raise MissingObject, damaged ones MachineError.
    """

    def __init__(self, path: Path, repository: pygit2.Repository, called: str = "") -> None:
        self.path = path
        self.called = called or str(path)  # in messages: who asks a server is not told where it keeps things
        self._repository = repository
        self._objects = Objects(repository)
        self._directories = Directories(self._objects)
        self._bases: dict[tuple[str, str], list[str]] = {}
        self._graph = lru_cache(_GRAPHS)(self._walk_graph)

    @classmethod
    def open(cls, path: str | os.PathLike[str], called: str = "") -> "Repository":
        """Open a work tree, a bare repository or a .git directory; UserError if it is none of them.

        The path must be the repository itself: nothing is searched upwards, and GIT_* is not read.
        `called`: its name in messages of what is asked of it; without one its path.
        """
        place = os.fspath(path)
        try:
            return cls(Path(path), pygit2.Repository(place, RepositoryOpenFlag.NO_SEARCH), called)
        except (pygit2.GitError, ValueError, OSError) as error:
            raise UserError(
                f"{place} is not a git repository that can be read: {_hint(place, error)}"
            ) from None

    @property
    def is_shallow(self) -> bool:
        """Whether history was cut off when the repository was cloned or fetched."""
        return bool(self._repository.is_shallow)

    def resolve(self, revision: str) -> str:
        """Id of the commit that a revision (gitrevisions(7)) names; tags are peeled."""
        try:
            found = self._repository.revparse_single(revision)
        except KeyError:
            raise UserError(self._unknown(revision)) from None
        except (pygit2.GitError, ValueError) as error:
            ambiguous = "ambiguous" in str(error)
            what = (
                "is ambiguous: give more of its digits" if ambiguous else "is not how a revision is written"
            )
            raise UserError(f"revision {revision!r} {what}") from None
        try:
            return str(found.peel(ObjectType.COMMIT).id)
        except (pygit2.GitError, ValueError):
            raise UserError(f"revision {revision!r} names a {found.type_str}, not a commit") from None

    def named(self, revision: str, *, steps: bool = False) -> str:
        """`resolve` for what strangers write: an id or the first digits of one, a tag, a branch.

        With `steps` also a few `^` and `~N` after it. All else may walk a whole history and is refused.
        """
        if not is_name(revision, steps=steps):
            allowed = ", also with a few ^ and ~N after it" if steps else ""
            raise UserError(
                f"revision {revision!r} is no id of a commit, no tag and no branch: name one{allowed}"
            )
        return self.resolve(revision)

    def abbreviate(self, commit: str, digits: int = 12) -> str:
        """The first `digits` digits of an id, or as many more as no other object here shares.

        The id may be one that this repository lacks (a mainline commit named by a backport).
        """
        for length in range(min(digits, len(commit)), len(commit)):
            try:
                self._repository.revparse_single(commit[:length])
            except KeyError:  # nothing of that name here; pygit2's NotFoundError is a GitError too
                pass
            except (ValueError, pygit2.GitError):  # ambiguous, or with a damaged object of that name
                continue
            return commit[:length]
        return commit

    def replaced(self, commit: str) -> str:
        """The commit that is read in place of this one (refs/replace); itself where nothing replaces it."""
        return self._objects.replaced(commit)

    def commit(self, commit: str) -> Commit:
        """One commit by its full id."""
        raw = self._objects.commit(commit)
        return Commit(commit, raw.parents, raw.time, message(self._objects.commit_bytes(commit)))

    def has(self, commit: str) -> bool:
        """Whether a commit is here, by its full id."""
        try:
            self._objects.commit(commit)
        except MissingObject:
            return False
        return True

    def tree(self, commit: str) -> SourceTree:
        """The files of a commit; directories that commits share are read once."""
        return CommitTree(self._directories, commit, self._objects.commit(commit).tree)

    def patched(self, base: SourceTree, changes: Mapping[str, bytes | None]) -> SourceTree:
        """The files of `base` with changes: path → content, None for a file that is gone. Only in memory."""
        return PatchedTree(self._objects, base, changes)

    def author(self, commit: str) -> str:
        """Name and address of a commit's author."""
        return author(self._objects.commit_bytes(commit))[0]

    def format_patch(self, commit: str) -> bytes:
        """A commit as git format-patch writes it. UserError where it has not one parent."""
        return format_patch(self._repository, self.commit(commit), self._objects.commit_bytes(commit))

    def diff(self, commit: str, paths: Iterable[str]) -> bytes:
        """What a commit changes in some files, against its first parent; b"" for a root."""
        parents = self._objects.commit(commit).parents
        return diff_of(self.tree(parents[0]), self.tree(commit), paths) if parents else b""

    def changed(self, commit: str) -> list[str]:
        """The files that a commit changes against its first parent; none for a root. No content is read."""
        parents = self._objects.commit(commit).parents
        return changed_paths(self._repository, parents[0], commit) if parents else []

    def walk(self, revisions: Sequence[str], paths: Iterable[str] = ()) -> list[str]:
        """What `git log --format=%H REVISIONS -- PATHS` prints; no revision is HEAD, no path every commit.

        UserError for globs and pathspec magic, unknown revisions, and histories that were cut off.
        """
        self._require_whole()
        walk = Walk(self._objects, self._simplify(paths))
        return walk.run(endpoints(revisions, self.resolve, walk.merge_bases))

    def graph(self, goods: Iterable[str], bad: str, paths: Iterable[str] = ()) -> History:
        """The history of `git rev-list --parents ^GOOD … BAD -- PATHS`; see `History`.

        The latest few are remembered: a job of the service asks for the same one each time it is advanced.
        """
        self._require_whole()
        starts = tuple(self.resolve(good) for good in goods)
        return self._graph(starts, self.resolve(bad), tuple(paths))

    def _walk_graph(self, starts: tuple[str, ...], tip: str, paths: tuple[str, ...]) -> History:
        ends = [Endpoint(start, excluded=True) for start in starts]
        walk = Walk(self._objects, self._simplify(paths))
        return walk.graph([*ends, Endpoint(tip, excluded=False)], tip)

    def refresh(self) -> None:
        """See tags as they are now: who keeps a repository open over a fetch calls this."""
        self.__dict__.pop("_tags", None)

    def merge_bases(self, one: str, other: str) -> list[str]:
        """`git merge-base --all`: the best common ancestors of two commits; none if they are unrelated.

        Remembered: on a big history it costs seconds, and both checks and search of a range ask.
        """
        self._require_whole()
        if (one, other) not in self._bases:
            self._bases[one, other] = ancestry.merge_bases(cache(self._objects.commit), one, other)
        return self._bases[one, other]

    def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Whether `commit` contains `ancestor`, as every commit contains itself."""
        self._require_whole()
        return ancestry.is_ancestor(cache(self._objects.commit), ancestor, commit)

    def tags(self) -> Mapping[str, str]:
        """Name → commit of every tag that names a commit."""
        return self._tags

    def branches(self) -> Mapping[str, str]:
        """Name → commit of every branch; of remotes without the remote's name, where no own one has it."""
        remote = {name.partition("/")[2]: commit for name, commit in self._peeled("refs/remotes/")}
        return {**remote, **dict(self._peeled("refs/heads/"))}

    def releases(self) -> tuple[Release, ...]:
        """The release tags, oldest number first, candidates before their release."""
        return releases(self._tags)

    def describe(self, commit: str) -> str | None:
        """The first release tag (vX.Y, vX.Y.Z, -rcN) that contains the commit, by version number."""
        return next((release.name for release in self.releases_with(commit)), None)

    def releases_with(self, commit: str) -> Iterator[Release]:
        """All release tags that contain the commit, by version number."""
        self._require_whole()
        return releases_with(self._objects, commit, self._tags)

    @cached_property
    def _tags(self) -> Mapping[str, str]:
        return dict(self._peeled("refs/tags/"))

    def _peeled(self, prefix: str) -> Iterator[tuple[str, str]]:
        for name in self._repository.references:
            if name.startswith(prefix):
                try:
                    commit = self._repository.references[name].peel(ObjectType.COMMIT)
                except (pygit2.GitError, KeyError, ValueError):  # a tag of a tree or blob, or broken
                    continue
                yield name.removeprefix(prefix), str(commit.id)

    def _simplify(self, paths: Iterable[str]) -> TreeSame | None:
        given = list(paths)
        return TreeSame(self._objects, watch_list(given)) if given else None

    def _require_whole(self) -> None:
        """Refuse to follow parents that the repository does not know; single commits stay readable."""
        if self.is_shallow:
            raise UserError(f"{self.called} is a shallow clone: complete it with `git fetch --unshallow`")
        if has_grafts(self._repository):
            raise UserError(
                f"{self.called} has an info/grafts file: turn it into refs with "
                "`git replace --convert-graft-file`"
            )

    def _unknown(self, revision: str) -> str:
        names = [_short(name) for name in self._repository.references]
        near = difflib.get_close_matches(revision, names, n=3)
        hint = f": did you mean {' or '.join(near)}?" if near else ""
        if self.is_shallow:
            hint += " (this is a shallow clone: `git fetch --unshallow` brings the rest)"
        return f"unknown revision {revision!r} in {self.called}{hint}"


def _hint(place: str, error: Exception) -> str:
    """Why `place` cannot be opened, and what can be named instead."""
    if re.search(r"object format 'sha256'|objectformat", str(error)):
        return "repositories with SHA-256 ids are not supported, only those with SHA-1"
    found = pygit2.discover_repository(place) if Path(place).is_dir() else None
    if not found:
        return str(error)
    whole = Path(found).parent if Path(found).name == ".git" else Path(found)
    return f"it lies in {whole}, name that path" if whole != Path(place).resolve() else str(error)


def _short(reference: str) -> str:
    for prefix in ("refs/heads/", "refs/tags/", "refs/remotes/"):
        reference = reference.removeprefix(prefix)
    return reference
