# SPDX-License-Identifier: GPL-2.0-or-later
"""What a fix is applied to, and that the files in memory are those that git would have made."""

import io
from pathlib import Path

import pytest

from bisectd.demo import write_history
from bisectd.domain.errors import UserError
from bisectd.history import Repository
from bisectd.services.fix import find_base, of_mails, read_fix
from bisectd.suggest.maintainers import concerned, parse
from tests.support.git_repos import Version, build, git
from tests.support.posted_fix import POSTED

FILE = "arch/powerpc/kernel/process.c"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("base") / "history"
    write_history(path, work_tree=True)
    return path


def test_the_tree_in_memory_has_the_ids_that_git_gives(history: Path, tmp_path: Path) -> None:
    repository = Repository.open(history)
    base = find_base(of_mails(POSTED), repository)
    tree = repository.patched(repository.tree(base.commit), base.after)
    git(tmp_path, "clone", "-q", "-b", "v5.0", str(history), "clone")
    (tmp_path / "fix.mbox").write_bytes(POSTED)
    git(tmp_path / "clone", "am", "-q", str(tmp_path / "fix.mbox"))
    for directory in ("", "arch", "arch/powerpc/kernel", "include"):
        assert tree.tree_id(directory) == git(tmp_path / "clone", "rev-parse", f"HEAD:{directory}")
    assert tree.blob_id(FILE) == git(tmp_path / "clone", "rev-parse", f"HEAD:{FILE}")
    assert git(tmp_path / "clone", "show", f"HEAD:{FILE}").encode() + b"\n" == tree.read(FILE)
    with pytest.raises(KeyError):
        repository.patched(tree, {FILE: None}).read(FILE)


@pytest.mark.parametrize("tag", ["v4.10", "v4.9.7", "v5.0-rc3"])
def test_blob_ids_and_the_footer_find_the_base(history: Path, tag: str) -> None:
    repository = Repository.open(history)
    blob = git(history, "rev-parse", f"{tag}:{FILE}")
    commit = git(history, "rev-parse", f"{tag}^{{commit}}")
    by_blob = find_base(of_mails(POSTED.replace(b"ce393df243aa", blob[:9].encode())), repository)
    assert git(history, "rev-parse", f"{by_blob.commit}:{FILE}") == blob
    assert by_blob.how == "the blob ids of its index lines"
    by_footer = find_base(of_mails(POSTED + f"-- \n2.39\n\nbase-commit: {commit}\n".encode()), repository)
    assert (by_footer.commit, by_footer.how) == (commit, "its base-commit")


def test_maildir_and_standard_input(history: Path, tmp_path: Path) -> None:
    repository = Repository.open(history)
    for folder in ("cur", "new", "tmp"):
        (tmp_path / "mails" / folder).mkdir(parents=True)
    mails = {"cur/1": b"Subject: [PATCH 0/1] cover\n\nText\n", "new/2": POSTED.partition(b"\n")[2]}
    for name, data in mails.items():
        (tmp_path / "mails" / name).write_bytes(data)
    nothing = io.BytesIO()
    from_maildir = read_fix(str(tmp_path / "mails"), None, repository, nothing)
    from_stdin = read_fix("-", None, repository, io.BytesIO(POSTED))
    assert from_maildir.patch.changes == from_stdin.patch.changes
    with pytest.raises(UserError, match="no maildir"):
        read_fix(str(tmp_path), None, repository, nothing)


def test_a_series_stands_on_its_first_patches(tmp_path: Path) -> None:
    texts = ["a\nb\nc\n", "a\nB\nc\n", "a\nB\nC\n"]
    build(tmp_path / "r", [Version({"f.c": text}) for text in texts], tags={"v1.0": 0})
    series = git(tmp_path / "r", "format-patch", "--stdout", "-2", "main").encode() + b"\n"
    base = find_base(of_mails(series, 2), Repository.open(tmp_path / "r"))
    assert (base.name, dict(base.before), dict(base.after)) == (
        "v1.0", {"f.c": b"a\nB\nc\n"}, {"f.c": b"a\nB\nC\n"},
    )  # fmt: skip


def test_maintainers_are_those_of_the_files() -> None:
    text = """\
Words.

POWERPC
M:\tA <a@e.org>
L:\tppc@e.org (moderated)
F:\tarch/powerpc/
X:\tarch/powerpc/kvm/

NAMES
R:\tB <b@e.org>
N:\t[^a-z]fpu

ONE LEVEL
M:\tC <c@e.org>
F:\tarch/*/kernel/*.c

THE REST
M:\tD <d@e.org>
L:\tall@e.org
F:\t*
F:\t*/
"""
    sections = parse(text)
    found = concerned(sections, ["arch/powerpc/kernel/fpu.S"])
    assert (set(found.people), set(found.lists)) == (
        {"A <a@e.org>", "B <b@e.org>"},
        {"ppc@e.org", "all@e.org"},
    )
    assert concerned(sections, ["arch/powerpc/kernel/x.c"]).people == ("C <c@e.org>", "A <a@e.org>")
    assert concerned(sections, ["arch/powerpc/kvm/x.c"]).people == ()
