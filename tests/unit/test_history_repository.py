# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits, trees, tags and graphs, where git is no oracle or a plain case tells more than a random one."""

import os
from pathlib import Path

import pygit2
import pytest

from bisectd.history import Repository
from tests.support.git_repos import EPOCH, EXECUTABLE, Node, Version, build, git

A, B, C = Version({"f": "a"}), Version({"f": "b"}), Version({"f": "c"})


def raw_commit(path: Path, tree: str, header: bytes, message: bytes) -> str:
    """Write a commit object with any bytes."""
    who = b"A <a@example.org> 1400000000 +0000"
    raw = b"tree %s\nauthor %s\ncommitter %s\n%s\n%s" % (tree.encode(), who, who, header, message)
    return git(path, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw)


@pytest.mark.parametrize("bare", [True, False])
def test_work_tree_bare_and_git_directory_are_the_same_repository(tmp_path: Path, bare: bool) -> None:
    ids = build(tmp_path, [A, B], bare=bare)
    for path in (tmp_path, tmp_path if bare else tmp_path / ".git"):
        assert Repository.open(path).resolve("HEAD") == ids[1]
        assert Repository.open(str(path)).walk([]) == ids[::-1]


def test_git_environment_and_configuration_have_no_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = build(tmp_path / "r", [A, B], bare=False)
    other = build(tmp_path / "other", [C])
    broken = tmp_path / "home" / ".gitconfig"
    broken.parent.mkdir()
    broken.write_text("[not a config\n")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "other"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "other" / "objects"))
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(tmp_path / "other" / "objects"))
    monkeypatch.setenv("GIT_NAMESPACE", "elsewhere")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(broken))
    monkeypatch.setenv("HOME", str(broken.parent))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(broken.parent))
    repository = Repository.open(tmp_path / "r")
    assert repository.walk(["HEAD"]) == ids[::-1]
    assert repository.commit(ids[0]).parents == ()
    assert other[0] not in ids


def test_a_repository_of_another_owner_opens(tmp_path: Path) -> None:
    ids = build(tmp_path, [A])
    if os.geteuid() == 0:  # only root can give it away; for others the setting itself has to do
        for file in (tmp_path, *tmp_path.rglob("*")):
            os.chown(file, 12345, 12345)
    assert Repository.open(tmp_path).resolve("HEAD") == ids[0]
    assert not pygit2.settings.owner_validation


def test_tags_are_peeled_and_others_left_out(tmp_path: Path) -> None:
    ids = build(tmp_path, [A, B], tags={"light": 0})
    git(tmp_path, "tag", "-a", "-m", "x", "signed", ids[1])
    git(tmp_path, "tag", "-a", "-m", "x", "of-a-tag", "signed")
    git(tmp_path, "tag", "tree-tag", f"{ids[0]}^{{tree}}")
    repository = Repository.open(tmp_path)
    assert repository.tags() == {"light": ids[0], "signed": ids[1], "of-a-tag": ids[1]}
    assert repository.resolve("of-a-tag") == ids[1]
    assert repository.resolve(ids[0][:10]) == ids[0]


def test_commit(tmp_path: Path) -> None:
    message = "powerpc: One\ntwo\n\nBody.\n"
    ids = build(tmp_path, [A, Version({}, message=message, time=EPOCH + 5)])
    commit = Repository.open(tmp_path).commit(ids[1])
    assert (commit.id, commit.parents, commit.time) == (ids[1], (ids[0],), EPOCH + 5)
    assert commit.message == message
    assert commit.subject == "powerpc: One two"


@pytest.mark.parametrize(
    ("header", "message", "text"),
    [
        (b"", "Grüße".encode(), "Grüße"),
        (b"", "Grüße".encode("latin-1"), "Grüße"),
        (b"encoding ISO-8859-2\n", "źródło".encode("iso-8859-2"), "źródło"),
        (b"encoding UTF-16LE\n", "x".encode("utf-16le") + b"\0", "x\0\0"),
        (b"encoding no-such-thing\n", "Grüße".encode(), "Grüße"),
        (b"encoding rot13\n", b"abc", "abc"),
        (b"encoding idna\n", b"\xff", "ÿ"),
        (b"encoding \xff\xfe\n", b"abc", "abc"),
        (b"gpgsig -----\n encoding utf-16\n", b"abc", "abc"),
    ],
)
def test_message_encodings(tmp_path: Path, header: bytes, message: bytes, text: str) -> None:
    build(tmp_path, [A])
    commit = raw_commit(tmp_path, git(tmp_path, "rev-parse", "HEAD^{tree}"), header, message)
    assert Repository.open(tmp_path).commit(commit).message == text


def test_tree_of_odd_names(tmp_path: Path) -> None:
    name = b'd/caf\xe9 \n"x"'.decode("utf-8", "surrogateescape")
    ids = build(tmp_path, [Version({name: b"\0\xff", "d/x": Node("", EXECUTABLE)})])
    tree = Repository.open(tmp_path).tree(ids[0])
    assert tree.commit == ids[0]
    assert tree.read(name) == b"\0\xff"
    assert set(tree.entries("d")) == {name.removeprefix("d/"), "x"}
    assert tree.read("d/x") == b""


def test_tree_where_there_is_nothing(tmp_path: Path) -> None:
    ids = build(tmp_path, [Version({"d/a": "1", "f": "2"})])
    tree = Repository.open(tmp_path).tree(ids[0])
    for absent in ("x", "d/x", "f/x", "d", "d/", "", "/f", "d//a", "d/../f"):
        assert tree.blob_id(absent) is None
        with pytest.raises(KeyError):
            tree.read(absent)
    assert tree.tree_id("f") is None
    assert tree.entries("f") == tree.entries("x/y") == {}
    assert tree.tree_id("") == git(tmp_path, "rev-parse", "HEAD^{tree}")


def test_modes_that_git_canonicalises_and_empty_directories_change_nothing(tmp_path: Path) -> None:
    build(tmp_path, [Version({"d/a": "1"})])
    repository = Repository.open(tmp_path)
    blob = bytes.fromhex(git(tmp_path, "rev-parse", "HEAD:d/a"))
    trees = {}
    for mode in (b"100644", b"100664", b"100755"):
        raw = b"%s a\0%s" % (mode, blob)
        trees[mode] = git(tmp_path, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)
    empty = git(tmp_path, "hash-object", "-t", "tree", "-w", "--stdin", stdin=b"")

    def commit(entries: list[tuple[str, str]], *parents: str) -> str:
        listing = "".join(f"040000 tree {tree}\t{name}\n" for name, tree in entries)
        top = git(tmp_path, "mktree", stdin=listing.encode())
        return git(tmp_path, "commit-tree", top, "-m", "x", *(f"-p{parent}" for parent in parents))

    first = commit([("d", trees[b"100644"])])
    second = commit([("d", trees[b"100664"])], first)
    third = commit([("d", trees[b"100664"]), ("e", empty)], second)
    fourth = commit([("d", trees[b"100755"]), ("e", empty)], third)
    for paths in (["d"], ["d", "e"], ["."], ["d/a"], ["e"], ["d/"]):
        expected = git(tmp_path, "log", "--format=%H", fourth, "--", *paths).split()
        assert repository.walk([fourth], paths) == expected
    assert repository.walk([fourth], ["."]) == [fourth, first]


def test_names_inside_object_ids_are_not_taken_for_entries(tmp_path: Path) -> None:
    """A tree's ids are raw bytes, and one may spell an entry of the watched name."""
    build(tmp_path, [A])
    fake = b"100644 f\0".rjust(20, b"x")
    real = bytes.fromhex(git(tmp_path, "rev-parse", "HEAD:f"))
    commits: list[str] = []
    for blob in (real, bytes.fromhex(git(tmp_path, "hash-object", "-w", "--stdin", stdin=b"2"))):
        raw = b"160000 a\0" + fake + b"100644 f\0" + blob
        tree = git(tmp_path, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)
        commits.append(git(tmp_path, "commit-tree", tree, "-m", "x", *(f"-p{parent}" for parent in commits)))
    repository = Repository.open(tmp_path)
    assert repository.walk([commits[1]], ["f"]) == commits[::-1]
    assert repository.walk([commits[1]], ["f", "g"]) == commits[::-1]
    assert repository.tree(commits[1]).read("f") == b"2"


def test_replaced_commits_are_read_as_git_reads_them(tmp_path: Path) -> None:
    ids = build(tmp_path, [A, B, Version({"f": "x"}, parents=()), C])
    git(tmp_path, "replace", "--graft", ids[2], ids[1])
    repository = Repository.open(tmp_path)
    assert (
        repository.walk(["main"], ["f"])
        == git(tmp_path, "log", "--format=%H", "main", "--", "f").split()
        == ids[::-1]
    )
    assert repository.commit(ids[2]).parents == (ids[1],)
    assert repository.is_ancestor(ids[0], ids[3])


def test_describe_names_the_first_release_that_contains_a_commit(tmp_path: Path) -> None:
    versions = [Version({"f": str(n)}) for n in range(6)]
    tags = {"v4.5": 0, "v4.6-rc1": 2, "v4.6": 3, "v4.10-rc2": 4, "v4.10-rc1x": 4, "next-1": 5}
    ids = build(tmp_path, versions, tags=tags)
    repository = Repository.open(tmp_path)
    assert [repository.describe(commit) for commit in ids] == [
        "v4.5",
        "v4.6",
        "v4.6",
        "v4.6",
        "v4.10-rc2",
        None,
    ]


def test_describe_compares_version_numbers(tmp_path: Path) -> None:
    ids = build(tmp_path, [A, B, C], tags={"v4.10": 1, "v4.9": 2, "v4.9.1": 0})
    assert Repository.open(tmp_path).describe(ids[1]) == "v4.9"


def test_graph_of_a_range_that_touches_nothing(tmp_path: Path) -> None:
    ids = build(tmp_path, [A, Version({"f": "a", "x": "1"}), Version({"f": "a", "x": "2"})])
    history = Repository.open(tmp_path).graph([ids[0]], ids[2], ["f"])
    assert (history.tip, history.commits, history.parents) == (ids[0], (), {})


def test_graph_of_paths_that_never_existed(tmp_path: Path) -> None:
    ids = build(tmp_path, [A, B])
    history = Repository.open(tmp_path).graph([], ids[1], ["nothing"])
    assert (history.tip, history.commits) == (ids[0], ())


def test_graph_keeps_boundary_and_roots(tmp_path: Path) -> None:
    """good ← change ← merge of an unrelated root that also has the file."""
    ids = build(
        tmp_path,
        [
            A,
            Version({"f": "a", "x": "1"}),
            Version({"f": "b", "x": "1"}),
            Version({"f": "r"}, parents=()),
            Version({"f": "m"}, parents=(2, 3)),
            Version({"f": "m", "x": "2"}),
        ],
    )
    good, before, change, root, merge, bad = ids
    history = Repository.open(tmp_path).graph([before], bad, ["f"])
    assert history.tip == merge
    assert history.commits == (merge, root, change)
    assert history.parents == {merge: (change, root), root: (), change: (before,)}
    assert Repository.open(tmp_path).graph([good], bad, ["f"]).parents[change] == (good,)


def test_unrelated_histories_have_no_merge_base(tmp_path: Path) -> None:
    ids = build(tmp_path, [A, Version({"f": "b"}, parents=())])
    repository = Repository.open(tmp_path)
    assert repository.merge_bases(*ids) == []
    assert not repository.is_ancestor(*ids)
    assert repository.is_ancestor(ids[0], ids[0])


def test_an_id_that_is_not_there_is_abbreviated_like_any_other(tmp_path: Path) -> None:
    (there,) = build(tmp_path, [A])
    repository = Repository.open(tmp_path)
    elsewhere = "18461960cbf50bf345ef0667d45d5f64de8fb893"
    assert [repository.abbreviate(one) for one in (there, elsewhere)] == [there[:12], elsewhere[:12]]
    assert repository.abbreviate(elsewhere[:12]) == elsewhere[:12]
