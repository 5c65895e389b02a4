# SPDX-License-Identifier: GPL-2.0-or-later
"""From actions to git objects."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from bisectd.demo.actions import GRETA, Action, Fork, Import, Merge, Person, Revert, Tag, Write
from bisectd.demo.edits import Change, Step, apply, paths, reverse, step
from bisectd.demo.pack import Pack
from bisectd.demo.trees import EMPTY, Directory, updated

DAY = 86_400


@dataclass
class Branch:
    """Where a branch is: its last commit, its files, and what was changed on it since it started."""

    head: str
    files: dict[str, str]
    root: Directory
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True)
class Written:
    """A commit that was written, and all that it takes to write it again on another branch."""

    id: str
    time: int
    action: Write
    body: str
    changes: tuple[Change, ...]


@dataclass
class Writer:
    """Writes commits, and knows all branches and tags by name."""

    pack: Pack = field(default_factory=Pack)
    branches: dict[str, Branch] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    releases: dict[str, Branch] = field(default_factory=dict)  # where the branch was at an annotated tag
    written: list[Written] = field(default_factory=list)  # all but merges, oldest first

    def do(self, action: Action, time: int) -> None:
        """Perform one action at a time (seconds since the epoch)."""
        match action:
            case Write():
                self._write(action, time)
            case Revert():
                self._revert(action, time)
            case Fork(branch, at):
                start = self.branches.get(at) or self.releases[at]
                self.branches[branch] = Branch(start.head, dict(start.files), start.root)
            case Import():
                self.branches[action.branch] = Branch("", {}, EMPTY)
                self._write(Write(action.subject, action.step, action.branch, action.author), time)
            case Merge():
                self._merge(action, time)
            case Tag(name, branch):
                self._tag(name, branch, time)

    def _write(self, action: Write, time: int) -> None:
        branch = self.branches[action.branch]
        held = step(action.step) if action.step else Step(action.body, action.changes)
        paragraphs = [
            action.subject,
            f"commit {action.upstream} upstream." if action.upstream else "",
            held.body,
            f"Signed-off-by: {action.author.address}",
        ]
        parents = [branch.head] if branch.head else []
        self._change(branch, held.changes)
        branch.head = self._commit(branch, parents, paragraphs, action.author, time)
        self.written.append(Written(branch.head, time, action, held.body, held.changes))

    def _revert(self, action: Revert, time: int) -> None:
        undone = next(written for written in reversed(self.written) if written.action.subject == action.of)
        changes = tuple(reverse(change) for change in reversed(undone.changes))
        subject = action.subject or f'Revert "{action.of}"'
        body = f"This reverts commit {undone.id}."
        self._write(Write(subject, "", action.branch, action.author, "", body, changes), time)

    def _merge(self, action: Merge, time: int) -> None:
        into = self.branches[action.into]
        merged = [self.branches.pop(name) for name in action.branches]
        held = step(action.step) if action.step else None
        made = [] if action.instead else [branch.changes for branch in merged]
        self._change(into, [*chain.from_iterable(made), *(held.changes if held else ())])
        names = ", ".join(f"'{name}'" for name in action.branches)
        subject = (
            action.subject or f"Merge branch{'es' if len(merged) > 1 else ''} {names} into {action.into}"
        )
        parents = [into.head, *(branch.head for branch in merged)]
        into.head = self._commit(into, parents, [subject, held.body if held else ""], GRETA, time)

    def _change(self, branch: Branch, changes: Iterable[Change]) -> None:
        touched: dict[str, None] = {}
        for change in changes:
            apply(change, branch.files)
            touched.update(dict.fromkeys(paths(change)))
            branch.changes.append(change)
        blobs = {
            path: self.pack.add("blob", branch.files[path].encode()) if path in branch.files else None
            for path in touched
        }
        branch.root = updated(self.pack, branch.root, blobs)

    def _commit(
        self, branch: Branch, parents: Iterable[str], paragraphs: Iterable[str], author: Person, time: int
    ) -> str:
        message = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
        written = time - len(message) % 9 * DAY  # patches wait on the list for a while
        header = [
            f"tree {branch.root.id.hex()}",
            *(f"parent {parent}" for parent in parents),
            f"author {author.address} {written} +0000",
            f"committer {GRETA.address} {time} +0000",
        ]
        return self.pack.add("commit", "\n".join([*header, "", message, ""]).encode()).hex()

    def _tag(self, name: str, branch_name: str, time: int) -> None:
        branch = self.branches[branch_name]
        commit = branch.head
        if "-rc" in name:
            self.tags[name] = commit
            return
        tagger = f"tagger {GRETA.address} {time} +0000"
        text = f"object {commit}\ntype commit\ntag {name}\n{tagger}\n\nLinux {name[1:]}\n"
        self.releases[name] = Branch(commit, dict(branch.files), branch.root)
        self.tags[name] = self.pack.add("tag", text.encode()).hex()
