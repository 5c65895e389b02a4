# SPDX-License-Identifier: GPL-2.0-or-later
"""Each thing that can be wrong with a repository or a request, and the line that is said about it."""

import re
from pathlib import Path

import pytest

from bisectd.domain.errors import MachineError, MissingObject, UserError
from bisectd.history import Repository
from tests.support.git_repos import Version, build, git


@pytest.fixture
def path(tmp_path: Path) -> Path:
    build(tmp_path / "r", [Version({"d/a": "1"}), Version({"d/a": "2"})], tags={"v4.5": 0, "v4.6": 1})
    return tmp_path / "r"


def loose_object(path: Path, object_id: str) -> Path:
    """Unpack everything and return the file of one object."""
    pack = next((path / "objects" / "pack").glob("*.pack"))
    data = pack.read_bytes()
    for file in pack.parent.iterdir():
        file.unlink()
    git(path, "unpack-objects", "-q", stdin=data)
    return path / "objects" / object_id[:2] / object_id[2:]


@pytest.mark.parametrize("name", ["nothing-here", "empty", "empty/below"])
def test_not_a_repository(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=f"{name} is not a git repository"):
        Repository.open(tmp_path / name)


def test_a_folder_of_a_work_tree_is_not_the_repository(tmp_path: Path) -> None:
    build(tmp_path, [Version({"d/a": "1"})], bare=False)
    with pytest.raises(
        UserError, match=f"can be read: it lies in {re.escape(str(tmp_path))}, name that path$"
    ):
        Repository.open(tmp_path / "d")
    Repository.open(tmp_path)


@pytest.mark.parametrize("bare", [[], ["--bare"]])
def test_sha_256_is_not_supported(tmp_path: Path, bare: list[str]) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256", *bare, "r")
    with pytest.raises(UserError, match="repositories with SHA-256 ids are not supported"):
        Repository.open(tmp_path / "r")


def test_unknown_revision_names_near_ones(path: Path) -> None:
    with pytest.raises(UserError, match=r"unknown revision 'v4\.66' .*did you mean v4\.6"):
        Repository.open(path).resolve("v4.66")


@pytest.mark.parametrize("revision", ["f" * 40, "f" * 12, "HEAD~7", "HEAD:nothing", "main@{9}"])
def test_unknown_revision(path: Path, revision: str) -> None:
    with pytest.raises(UserError, match="unknown revision"):
        Repository.open(path).resolve(revision)


@pytest.mark.parametrize("revision", ["", "a b", "\0", "HEAD^{nonsense}", "HEAD~x"])
def test_what_is_no_revision(path: Path, revision: str) -> None:
    with pytest.raises(UserError, match=r"is not how a revision is written|unknown revision"):
        Repository.open(path).resolve(revision)


@pytest.mark.parametrize(
    "revision",
    [
        ":/nothing",
        "HEAD^{/nothing}",
        "main@{1 year ago}",
        "@{-1}",
        "v4.6..HEAD",
        "HEAD:Makefile",
        "v4.6^{}",
        "HEAD^^^^",
        "HEAD~1000",
        "\0",
        "",
        "a" * 1000,
    ],
)
@pytest.mark.parametrize("steps", [False, True])
def test_what_strangers_may_not_ask_is_refused_unread(
    path: Path, revision: str, steps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository.open(path)
    monkeypatch.setattr(repository, "resolve", lambda revision: pytest.fail(f"{revision} was looked up"))
    with pytest.raises(UserError, match="is no id of a commit, no tag and no branch"):
        repository.named(revision, steps=steps)


def test_names_that_strangers_may_ask(path: Path) -> None:
    repository = Repository.open(path)
    head, before = git(path, "rev-parse", "HEAD"), git(path, "rev-parse", "HEAD~1")
    for name in (head, head[:7], "HEAD", "v4.6", "refs/tags/v4.6"):
        assert repository.named(name) == git(path, "rev-parse", f"{name}^{{commit}}")
    for name in ("HEAD~1", "HEAD^", f"{head[:9]}^1"):
        assert repository.named(name, steps=True) == before
        with pytest.raises(UserError, match=r"no tag and no branch: name one$"):
            repository.named(name)


def test_ambiguous_abbreviation(path: Path) -> None:
    with pytest.raises(UserError, match="ambiguous: give more of its digits"):
        Repository.open(path).resolve(git(path, "rev-parse", "HEAD")[:1])


@pytest.mark.parametrize(
    ("revision", "kind"), [("HEAD:d", "tree"), ("HEAD:d/a", "blob"), ("blob-tag", "tag")]
)
def test_no_commit(path: Path, revision: str, kind: str) -> None:
    git(path, "tag", "-a", "-m", "of a blob", "blob-tag", "HEAD:d/a")
    with pytest.raises(UserError, match=f"names a {kind}, not a commit"):
        Repository.open(path).resolve(revision)


def test_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(UserError, match="unknown revision 'HEAD'"):
        Repository.open(tmp_path).walk([])


def test_shallow_clone_reads_commits_but_follows_none(path: Path, tmp_path: Path) -> None:
    git(path, "clone", "-q", "--depth=1", f"file://{path}", str(tmp_path / "shallow"))
    repository = Repository.open(tmp_path / "shallow")
    head = repository.resolve("HEAD")
    assert repository.is_shallow
    assert repository.tree(head).read("d/a") == b"2"
    for follow in (
        lambda: repository.walk(["HEAD"]),
        lambda: repository.graph([], "HEAD"),
        lambda: repository.merge_bases(head, head),
        lambda: repository.is_ancestor(head, head),
        lambda: repository.describe(head),
    ):
        with pytest.raises(UserError, match="shallow clone: complete it with `git fetch --unshallow`"):
            follow()
    with pytest.raises(UserError, match=r"unknown revision 'v4\.5'.*git fetch --unshallow"):
        repository.resolve("v4.5")


def test_grafts_file_is_refused(path: Path) -> None:
    (path / "info" / "grafts").write_text(git(path, "rev-parse", "HEAD") + "\n")
    with pytest.raises(UserError, match="git replace --convert-graft-file"):
        Repository.open(path).walk(["HEAD"])


@pytest.mark.parametrize("pattern", ["*.c", "a?", "a[b]", ":(glob)a", ":/a", ":!a", r"a\b"])
def test_patterns_are_refused(path: Path, pattern: str) -> None:
    with pytest.raises(UserError, match="is a pattern"):
        Repository.open(path).walk(["HEAD"], [pattern])


@pytest.mark.parametrize("outside", ["/etc", "../a", "a/../../b", ".."])
def test_paths_outside_are_refused(path: Path, outside: str) -> None:
    with pytest.raises(UserError, match="no path inside the tree"):
        Repository.open(path).walk(["HEAD"], [outside])


def test_empty_path_is_refused(path: Path) -> None:
    with pytest.raises(UserError, match="an empty path"):
        Repository.open(path).walk(["HEAD"], [""])


@pytest.mark.parametrize("word", ["^v4.5..v4.6", "..", "..."])
def test_what_is_no_range(path: Path, word: str) -> None:
    with pytest.raises(UserError, match=re.escape(f"{word!r} is no range")):
        Repository.open(path).walk([word])


def test_options_are_no_revisions(path: Path) -> None:
    with pytest.raises(UserError, match="'--all' is an option"):
        Repository.open(path).walk(["--all"])


def test_missing_blob_names_object_path_and_commit(path: Path) -> None:
    blob, head = git(path, "rev-parse", "HEAD:d/a"), git(path, "rev-parse", "HEAD")
    loose_object(path, blob).unlink()
    with pytest.raises(
        MissingObject, match=rf"{blob} \(d/a at {head[:12]}\) .*git fetch origin {blob}"
    ) as caught:
        Repository.open(path).tree(head).read("d/a")
    assert (caught.value.object_id, caught.value.path, caught.value.commit) == (blob, "d/a", head)


def test_missing_directory(path: Path) -> None:
    directory, head = git(path, "rev-parse", "HEAD:d"), git(path, "rev-parse", "HEAD")
    loose_object(path, directory).unlink()
    repository = Repository.open(path)
    with pytest.raises(MissingObject, match=rf"{directory} \(d at {head[:12]}\)"):
        repository.walk(["HEAD"], ["d/a"])
    with pytest.raises(MissingObject, match=rf"{directory} \(d at {head[:12]}\)"):
        repository.tree(head).blob_id("d/a")
    assert repository.walk(["HEAD"], ["e/a"]) == []


def test_missing_commit(path: Path) -> None:
    first = git(path, "rev-parse", "HEAD~1")
    loose_object(path, first).unlink()
    with pytest.raises(MissingObject, match=rf"{first} \(the commit itself at {first[:12]}\)"):
        Repository.open(path).walk(["HEAD"])


def test_partial_clone_opens_and_names_what_it_lacks(path: Path, tmp_path: Path) -> None:
    git(path, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    git(path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{path}", str(clone))
    git(clone, "config", "core.repositoryFormatVersion", "1")
    git(clone, "config", "extensions.partialClone", "origin")
    repository = Repository.open(clone)
    assert len(repository.walk(["HEAD"], ["d/a"])) == 2
    with pytest.raises(MissingObject, match="d/a"):
        repository.tree(repository.resolve("HEAD")).read("d/a")


def test_damaged_object_is_the_machines_failure(path: Path) -> None:
    blob, head = git(path, "rev-parse", "HEAD:d/a"), git(path, "rev-parse", "HEAD")
    file = loose_object(path, blob)
    file.chmod(0o600)
    file.write_bytes(b"no zlib stream")
    with pytest.raises(MachineError, match=f"object {blob} cannot be read .*git fsck"):
        Repository.open(path).tree(head).read("d/a")


def test_commit_whose_tree_is_a_blob(path: Path) -> None:
    blob = git(path, "rev-parse", "HEAD:d/a")
    raw = f"tree {blob}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nodd\n".encode()
    commit = git(path, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw)
    with pytest.raises(MachineError, match="is no tree"):
        Repository.open(path).tree(commit).entries("")
