# SPDX-License-Identifier: GPL-2.0-or-later
"""From actions to git objects."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bisectd.demo.actions import GRETA, Action, Fork, Import, Merge, Person, Tag, Write
from bisectd.demo.edits import Change, apply, paths, step
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


@dataclass
class Writer:
    """Writes commits, and knows all branches and tags by name."""

    pack: Pack = field(default_factory=Pack)
    branches: dict[str, Branch] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)  # subject → the last commit that has it

    def do(self, action: Action, time: int) -> None:
        """Perform one action at a time (seconds since the epoch)."""
        match action:
            case Write():
                self._write(action, time)
            case Fork(branch, at):
                start = self.branches[at]
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
        held = step(action.step) if action.step else None
        paragraphs = [
            action.subject,
            f"commit {action.upstream} upstream." if action.upstream else "",
            held.body if held else action.body,
            f"Signed-off-by: {action.author.address}",
        ]
        parents = [branch.head] if branch.head else []
        self._change(branch, held.changes if held else action.changes)
        branch.head = self._commit(branch, parents, paragraphs, action.author, time)

    def _merge(self, action: Merge, time: int) -> None:
        into = self.branches[action.into]
        merged = [self.branches.pop(name) for name in action.branches]
        held = step(action.step) if action.step else None
        for branch in [] if action.instead else merged:
            self._change(into, branch.changes)
        self._change(into, held.changes if held else ())
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
        commit = self.pack.add("commit", "\n".join([*header, "", message, ""]).encode()).hex()
        self.written[message.partition("\n")[0]] = commit
        return commit

    def _tag(self, name: str, branch: str, time: int) -> None:
        commit = self.branches[branch].head
        if "-rc" in name:
            self.tags[name] = commit
            return
        tagger = f"tagger {GRETA.address} {time} +0000"
        text = f"object {commit}\ntype commit\ntag {name}\n{tagger}\n\nLinux {name[1:]}\n"
        self.tags[name] = self.pack.add("tag", text.encode()).hex()
