# SPDX-License-Identifier: GPL-2.0-or-later
"""Signed-in browsers, by the hash of their cookie."""

import time

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from bisectd.domain.jobs import Token
from bisectd.store.tables.service import SessionRow, TokenRow
from bisectd.store.tokens import valid


class Sessions:
    """The `sessions` table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, digest: str, token: int, expires: float) -> None:
        """Remember a new one, and forget those that have ended."""
        now = time.time()
        self._session.execute(delete(SessionRow).where(SessionRow.expires <= now))
        values = {"digest": digest, "token_id": token, "created": now, "expires": expires}
        self._session.execute(insert(SessionRow), [values])

    def of(self, digest: str, now: float) -> Token | None:
        """The token that somebody signed in with, while it and the session are valid."""
        rows = select(TokenRow).join(SessionRow, SessionRow.token_id == TokenRow.id)
        row = self._session.scalars(
            rows.where(SessionRow.digest == digest, SessionRow.expires > now)
        ).one_or_none()
        return valid(row, now)

    def end(self, digest: str) -> None:
        """Sign out."""
        self._session.execute(delete(SessionRow).filter_by(digest=digest))
