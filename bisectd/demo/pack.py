# SPDX-License-Identifier: GPL-2.0-or-later
"""Git objects, kept in memory and written as one pack.

A history of some 2,000 commits has 11,000 objects. As loose files they take seconds to write and to read; as
a pack without deltas, a fraction. Formats: git's gitformat-pack(5), pack version 2 and index version 2.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path

_TYPES = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}


@dataclass
class Pack:
    """Objects by id (20 bytes), in the order in which they came."""

    _objects: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)

    def add(self, kind: str, data: bytes) -> bytes:
        """Keep an object; its id."""
        digest = sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).digest()
        self._objects.setdefault(digest, (kind, data))
        return digest

    def __len__(self) -> int:
        return len(self._objects)

    def write(self, directory: Path) -> None:
        """Write pack and index into `directory` (a repository's objects/pack)."""
        stream = bytearray(b"PACK" + _words(2, len(self)))
        places: dict[bytes, tuple[int, int]] = {}
        for digest, (kind, data) in self._objects.items():
            entry = _header(_TYPES[kind], len(data)) + zlib.compress(data, 1)
            places[digest] = (len(stream), zlib.crc32(entry))
            stream += entry
        checksum = sha1(stream, usedforsecurity=False).digest()
        name = f"pack-{checksum.hex()}"
        (directory / f"{name}.pack").write_bytes(stream + checksum)
        (directory / f"{name}.idx").write_bytes(_index(places, checksum))


def _words(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big") for value in values)


def _header(number: int, size: int) -> bytes:
    """Type and size: four bits of the size in the first byte, then seven a byte, least significant first."""
    size, low = divmod(size, 16)
    header = bytearray([number << 4 | low])
    while size:
        header[-1] |= 0x80
        size, low = divmod(size, 128)
        header.append(low)
    return bytes(header)


def _index(places: Mapping[bytes, tuple[int, int]], checksum: bytes) -> bytes:
    """The index: how many ids start with at most each byte, then sorted ids, CRCs and offsets."""
    ids = sorted(places)
    counts = [0] * 256
    for digest in ids:
        counts[digest[0]] += 1
    fanout = [sum(counts[: n + 1]) for n in range(256)]
    index = b"".join(
        (
            b"\377tOc",
            _words(2, *fanout),
            *ids,
            _words(*(places[digest][1] for digest in ids)),
            _words(*(places[digest][0] for digest in ids)),
            checksum,
        )
    )
    return index + sha1(index, usedforsecurity=False).digest()
