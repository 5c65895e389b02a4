# SPDX-License-Identifier: GPL-2.0-or-later
"""Packs as git reads them."""

from pathlib import Path

from bisectd.demo.pack import Pack
from tests.support.git_repos import git

# Around each size at which the header of an object grows by a byte.
SIZES = (0, 1, 15, 16, 17, 2047, 2048, 2049, 262_143, 262_144)


def test_git_reads_back_every_object(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", ".")
    blobs = [bytes(n % 251 for n in range(size)) for size in SIZES]
    pack = Pack()
    ids = [pack.add("blob", blob).hex() for blob in blobs]
    assert [pack.add("blob", blob).hex() for blob in blobs] == ids  # the same object is kept once
    assert len(pack) == len(blobs)
    pack.write(tmp_path / "objects" / "pack")

    (index,) = (tmp_path / "objects" / "pack").glob("*.idx")
    git(tmp_path, "verify-pack", str(index))
    sizes = git(
        tmp_path, "cat-file", "--batch-check=%(objectname) %(objectsize)", stdin="\n".join(ids).encode()
    )
    assert sizes.splitlines() == [f"{id_} {size}" for id_, size in zip(ids, SIZES, strict=True)]
    git(tmp_path, "fsck", "--full", "--strict")


def test_the_same_objects_make_the_same_pack(tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "other"):
        folder.mkdir()
        pack = Pack()
        pack.add("blob", b"content")
        pack.write(folder)
    names = [
        sorted(path.name for path in folder.iterdir()) for folder in (tmp_path / "one", tmp_path / "other")
    ]
    assert names[0] == names[1]
