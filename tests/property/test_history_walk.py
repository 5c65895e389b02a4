# SPDX-License-Identifier: GPL-2.0-or-later
"""The walk, its graph, merge bases and trees against the git binary, on random histories."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CalledProcessError
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from bisectd.history import Repository
from tests.support.git_repos import EPOCH, EXECUTABLE, SUBMODULE, SYMLINK, Node, Version, build, git

# Names that are a file in one version and a directory in another, and contents that come back.
NAMES = ["a", "a/x", "a/y", "b", "b/a", "b/a/x", "c/d/e"]
Content: TypeAlias = str | bytes | Node
CONTENTS: st.SearchStrategy[Content] = st.sampled_from(
    [
        "1",
        "2",
        Node("1", EXECUTABLE),
        Node("1", SYMLINK),
        Node("1" * 40, SUBMODULE),
        Node("2" * 40, SUBMODULE),
    ]
)
PATHS = st.lists(st.sampled_from([*NAMES, "c", "c/d", ".", "a/", "b/a/", "nothing"]), max_size=3)
# Few distinct times, so that commits share a second; and now and then a clock that is far off.
TIMES = st.one_of(st.none(), st.integers(0, 3), st.integers(-3, 3).map(lambda days: days * 86_400))


def without_clashes(files: dict[str, Content]) -> dict[str, Content]:
    """Drop names that lie below one that is a file."""
    return {name: content for name, content in files.items() if not any(above(name, files))}


def above(name: str, files: dict[str, Content]) -> Iterator[bool]:
    return (name.startswith(f"{other}/") for other in files)


@st.composite
def histories(draw: st.DrawFn) -> list[Version]:
    """Histories with merges, octopus merges, roots, reverts, evil merges, empty commits and renames."""
    versions: list[Version] = []
    files: dict[str, Content]
    for index in range(draw(st.integers(2, 14))):
        parents = draw(parents_of(index))
        files = dict(versions[draw(st.sampled_from(parents))].files) if parents else {}
        for name in draw(st.lists(st.sampled_from(NAMES), max_size=2)):
            files.pop(name, None)
            if draw(st.booleans()):
                files = {other: files[other] for other in files if not other.startswith(f"{name}/")}
                files[name] = draw(CONTENTS)
        offset = draw(TIMES)
        time = EPOCH + (60 * index if offset is None else offset)
        versions.append(Version(without_clashes(files), parents, f"change {index}", time))
    return versions


def parents_of(index: int) -> st.SearchStrategy[tuple[int, ...]]:
    """One to three of the four versions before this one; one time in nine none."""
    if not index:
        return st.just(())
    known = st.integers(max(0, index - 4), index - 1)
    some = st.lists(known, min_size=1, max_size=3, unique=True).map(tuple)
    return st.integers(0, 8).flatmap(lambda chance: some if chance else st.just(()))


@contextmanager
def repository(versions: list[Version]) -> Iterator[tuple[Path, list[str], Repository]]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        ids = build(path, versions)
        yield path, ids, Repository.open(path)


def separated(paths: list[str]) -> list[str]:
    return ["--", *paths] if paths else ["--"]


@st.composite
def ranges(draw: st.DrawFn, length: int) -> list[str]:
    """Words with @N for the Nth commit."""
    index = st.integers(0, length - 1).map("@{}".format)
    forms = st.one_of(
        index,
        index.map("^{}".format),
        st.tuples(index, index).map("..".join),
        st.tuples(index, index).map("...".join),
    )
    return [f"@{length - 1}", *draw(st.lists(forms, max_size=3))][draw(st.integers(0, 1)) :]


def named(words: list[str], ids: list[str]) -> list[str]:
    """The words with ids for their @N; longer numbers first, so that @1 leaves @12 alone."""
    for index in reversed(range(len(ids))):
        words = [word.replace(f"@{index}", ids[index]) for word in words]
    return words


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_walk_is_what_git_log_prints(data: st.DataObject) -> None:
    versions = data.draw(histories())
    with repository(versions) as (path, ids, opened):
        for _ in range(4):
            words = named(data.draw(ranges(len(versions))), ids)
            paths = data.draw(PATHS)
            expected = git(path, "log", "--format=%H", *words, *separated(paths)).split()
            assert opened.walk(words, paths) == expected


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_graph_is_what_git_rev_list_prints(data: st.DataObject) -> None:
    versions = data.draw(histories())
    with repository(versions) as (path, ids, opened):
        for _ in range(4):
            goods = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=3))
            bad = data.draw(st.sampled_from(ids[-3:]))
            paths = data.draw(PATHS)
            excluded = [f"^{good}" for good in goods]
            lines = git(path, "rev-list", "--parents", *excluded, bad, *separated(paths)).splitlines()
            history = opened.graph(goods, bad, paths)
            assert history.commits == tuple(line.split()[0] for line in lines)
            assert history.parents == {line.split()[0]: tuple(line.split()[1:]) for line in lines}
            assert_tip_stands_for_bad(path, bad, history.tip, paths)


def assert_tip_stands_for_bad(path: Path, bad: str, tip: str, paths: list[str]) -> None:
    """The tip is an ancestor of bad with the same files."""
    git(path, "merge-base", "--is-ancestor", tip, bad)
    if paths:
        git(path, "diff", "--quiet", tip, bad, *separated(paths))
    else:
        assert tip == bad


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_merge_bases_and_ancestry_are_gits(data: st.DataObject) -> None:
    versions = data.draw(histories())
    with repository(versions) as (path, ids, opened):
        for _ in range(4):
            one, other = data.draw(st.sampled_from(ids)), data.draw(st.sampled_from(ids))
            assert sorted(opened.merge_bases(one, other)) == sorted(merge_bases(path, one, other))
            assert opened.is_ancestor(one, other) == (one in git(path, "rev-list", other).split())


def merge_bases(path: Path, one: str, other: str) -> list[str]:
    try:
        return git(path, "merge-base", "--all", one, other).split()
    except CalledProcessError as error:
        assert error.returncode == 1  # noqa: PT017 - git's answer for unrelated histories
        return []


@settings(max_examples=30, deadline=None)
@given(histories())
def test_trees_are_what_git_ls_tree_prints(versions: list[Version]) -> None:
    with repository(versions) as (path, ids, opened):
        for commit in ids:
            tree = opened.tree(commit)
            for line in git(path, "ls-tree", "-r", "-t", commit).splitlines():
                meta, name = line.split("\t")
                mode, _, object_id = meta.split()
                is_file, is_directory = mode.startswith("100"), mode == "040000"
                assert tree.blob_id(name) == (object_id if is_file else None)
                assert tree.tree_id(name) == (object_id if is_directory else None)
                directory, _, base = name.rpartition("/")
                kind = "file" if is_file else "directory" if is_directory else "other"
                assert tree.entries(directory)[base] == (object_id, kind)
                if is_file:
                    assert tree.read(name) == git(path, "cat-file", "blob", object_id).encode()
