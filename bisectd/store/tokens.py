# SPDX-License-Identifier: GPL-2.0-or-later
"""Bearer tokens, by the hash of their secret."""

import time
from collections.abc import Iterable

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bisectd.domain.jobs import Token
from bisectd.store.tables.service import TokenRow


class Tokens:
    """The `tokens` table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, user: str, digest: str, scopes: Iterable[str], expires: float | None) -> Token:
        """Remember a new one."""
        values = {
            "user": user,
            "digest": digest,
            "scopes": sorted(scopes),
            "created": time.time(),
            "expires": expires,
        }
        self._session.execute(insert(TokenRow).values(**values))
        return _token(self._session.scalars(select(TokenRow).filter_by(digest=digest)).one())

    def of(self, digest: str, now: float) -> Token | None:
        """The token of a secret, where it is valid at `now`."""
        return valid(self._session.scalars(select(TokenRow).filter_by(digest=digest)).one_or_none(), now)

    def all(self) -> list[Token]:
        """All that were ever made, oldest first."""
        return [_token(row) for row in self._session.scalars(select(TokenRow).order_by(TokenRow.id))]

    def revoke(self, token: int) -> bool:
        """Take one back; whether there is one of that number."""
        if self._session.get(TokenRow, token) is None:
            return False
        valid = update(TokenRow).where(TokenRow.id == token, TokenRow.revoked.is_(None))
        self._session.execute(valid.values(revoked=time.time()))
        return True


def valid(row: TokenRow | None, now: float) -> Token | None:
    """The token, unless it is expired or revoked."""
    if row is None or row.revoked is not None or (row.expires is not None and row.expires <= now):
        return None
    return _token(row)


def _token(row: TokenRow) -> Token:
    return Token(row.id, row.user, frozenset(row.scopes), row.created, row.expires, row.revoked)
