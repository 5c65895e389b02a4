# SPDX-License-Identifier: GPL-2.0-or-later
"""Mirrors of registered repositories: real fetches, of several processes at once too."""

from multiprocessing import get_context
from pathlib import Path

import pytest

from bisectd.domain.errors import Conflict, MachineError, NotFound, UserError
from bisectd.history import Repository, mirror
from bisectd.services import documents, mirrors
from bisectd.store.store import Store
from tests.support.git_repos import build, git
from tests.support.tiny_kernel import bad, good, line_of

AT_ONCE = 4


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    build(tmp_path / "upstream", line_of(good("a"), bad("b")), tags={"v4.5": 0, "v4.6": 1})
    return tmp_path / "upstream"


def test_branches_and_tags_come_and_go_and_commits_stay(tmp_path: Path, upstream: Path) -> None:
    copy = tmp_path / "mirrors" / "linux.git"
    mirror.fetch(upstream.as_uri(), copy)
    first = Repository.open(copy)
    assert dict(first.branches()) == {"main": git(upstream, "rev-parse", "main")}
    assert set(first.tags()) == {"v4.5", "v4.6"}
    old = git(upstream, "rev-parse", "main")
    git(upstream, "branch", "linux-4.6.y", "main")
    git(upstream, "update-ref", "refs/heads/main", "v4.5")
    mirror.fetch(upstream.as_uri(), copy)
    again = Repository.open(copy)
    assert dict(again.branches()) == {"main": git(upstream, "rev-parse", "v4.5"), "linux-4.6.y": old}
    git(upstream, "branch", "-D", "linux-4.6.y")
    mirror.fetch(upstream.as_uri(), copy)
    assert set(Repository.open(copy).branches()) == {"main"}
    assert Repository.open(copy).has(old)


def test_processes_that_fetch_at_once_wait_for_each_other(tmp_path: Path, upstream: Path) -> None:
    copy = tmp_path / "linux.git"
    context = get_context("spawn")
    processes = [context.Process(target=mirror.fetch, args=(upstream.as_uri(), copy)) for _ in range(AT_ONCE)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * AT_ONCE
    assert git(copy, "fsck", "--full") == ""


def test_what_cannot_be_fetched_is_one_line_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(MachineError) as failed:
        mirror.fetch("https://me:secret@127.0.0.1:1/linux.git", tmp_path / "x.git")
    line = str(failed.value)
    assert line.startswith("cannot fetch https://127.0.0.1:1/linux.git: ")
    assert "secret" not in line
    assert "\n" not in line


def test_what_cannot_be_fetched_is_not_registered_by_that(tmp_path: Path, upstream: Path) -> None:
    nowhere = "http://me:s3cret@127.0.0.1:1/linux.git"
    with Store.open(str(tmp_path / "x.db")) as store:
        with pytest.raises(MachineError, match="linux is not registered") as failed:
            mirrors.register(store, tmp_path, "linux", nowhere)
        assert "s3cret" not in str(failed.value)
        with store.read() as tx:
            assert tx.repositories.all() == []
        assert not (tmp_path / "repositories" / "linux.git").exists()
        mirrors.add(store, "linux", nowhere)  # as a server does, which fetches it later
        with pytest.raises(MachineError) as again:
            mirrors.register(store, tmp_path, "linux", nowhere)
        assert "not registered" not in str(again.value)
        with pytest.raises(Conflict) as other:
            mirrors.add(store, "linux", upstream.as_uri())
        assert "s3cret" not in str(other.value)
        with store.read() as tx:
            (left,) = tx.repositories.all()
        assert documents.repository(left, to_administrator=True) == {
            "name": "linux",
            "mirrored": True,
            "source": "http://127.0.0.1:1/linux.git",
            "fetched": left.fetched,
            "error": left.error,
        }


def test_what_nothing_speaks_of_is_forgotten_and_its_mirror_deleted(tmp_path: Path, upstream: Path) -> None:
    with Store.open(str(tmp_path / "x.db")) as store:
        mirrors.register(store, tmp_path, "linux", upstream.as_uri())
        copy = tmp_path / "repositories" / "linux.git"
        assert copy.exists()
        mirrors.remove(store, tmp_path, "linux")
        assert not copy.exists()
        with pytest.raises(NotFound):
            mirrors.remove(store, tmp_path, "linux")
        mirrors.register(store, tmp_path, "linux", str(upstream))  # another source
        mirrors.remove(store, tmp_path, "linux")
    assert (upstream / "config").exists() or (upstream / ".git").exists()


def test_a_name_stands_for_one_source(tmp_path: Path, upstream: Path) -> None:
    with Store.open(str(tmp_path / "x.db")) as store:
        for _ in range(2):
            mirrors.register(store, tmp_path, "linux", upstream.as_uri())
        with pytest.raises(Conflict, match="registered already"):
            mirrors.register(store, tmp_path, "linux", str(upstream))
        for name in ("", "../linux", ".git", "a/b", "a b", "-x\n"):
            with pytest.raises(UserError, match="is no name for a repository"):
                mirrors.register(store, tmp_path, name, str(upstream))
        with pytest.raises(UserError, match="is not fetched"):
            mirrors.register(store, tmp_path, "other", "ext::sh -c true://x")
        with pytest.raises(UserError, match="is not a git repository"):
            mirrors.register(store, tmp_path, "other", str(tmp_path))


def test_a_folder_that_cannot_be_written_is_a_failure_that_the_repository_tells_of(
    tmp_path: Path, upstream: Path
) -> None:
    (tmp_path / "repositories").write_text("no folder")
    with Store.open(str(tmp_path / "x.db")) as store:
        registered = mirrors.add(store, "linux", upstream.as_uri())
        with pytest.raises(MachineError, match="cannot fetch linux: "):
            mirrors.fetch(store, tmp_path, registered)
        with store.read() as tx:
            found = tx.repositories.named("linux")
    assert (found.fetched, "cannot fetch linux" in (found.error or "")) == (None, True)
