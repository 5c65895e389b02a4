# SPDX-License-Identifier: GPL-2.0-or-later
"""Bytes by their hash."""

import hashlib

from sqlalchemy.orm import Session

from bisectd.domain.errors import NotFound
from bisectd.store.dialect import insert
from bisectd.store.tables.service import BlobRow


class Blobs:
    """The `blobs` table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, data: bytes) -> str:
        """Store bytes; their SHA-256 in hex, by which they are found."""
        digest = hashlib.sha256(data).hexdigest()
        self._session.execute(insert(BlobRow, self._session).values(digest=digest, data=data))
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes. NotFound where nothing is stored under the hash."""
        row = self._session.get(BlobRow, digest)
        if row is None:
            raise NotFound(f"nothing is stored under {digest[:12]}")
        return row.data
