# SPDX-License-Identifier: GPL-2.0-or-later
"""Bearer tokens: made, and checked."""

import hashlib
import secrets
import time
from collections.abc import Sequence

from bisectd.domain.errors import NotFound, UserError
from bisectd.domain.jobs import Token
from bisectd.store.store import Store

SCOPES = ("read", "submit", "admin")  # each may do what those before it may
MOST_DAYS = 36_500  # a hundred years: what is longer is no end
_MARK = "bisectd_"  # lets scanners of public repositories find a token that got there


def make(store: Store, user: str, scope: str, days: float | None = None) -> tuple[Token, str]:
    """A new token and its secret, which is stored nowhere. UserError for an unknown scope or time."""
    if scope not in SCOPES:
        raise UserError(f"unknown scope {scope!r}: choose one of {', '.join(SCOPES)}")
    if days is not None and not 0 < days <= MOST_DAYS:  # which nan is not, either
        raise UserError(f"a token is valid for more than 0 and up to {MOST_DAYS} days, not for {days:g}")
    secret = _MARK + secrets.token_hex(32)
    expires = None if days is None else time.time() + days * 86_400
    with store.begin() as tx:
        return tx.tokens.add(user, _digest(secret), SCOPES[: SCOPES.index(scope) + 1], expires), secret


def check(store: Store, secret: str) -> Token | None:
    """The token of a secret, None where it is unknown, expired or revoked."""
    with store.read() as tx:
        return tx.tokens.of(_digest(secret), time.time())


def listed(store: Store) -> Sequence[Token]:
    """All tokens that were ever made."""
    with store.read() as tx:
        return tx.tokens.all()


def revoke(store: Store, token: int) -> None:
    """Take one back. NotFound where there is none of that number."""
    with store.begin() as tx:
        if not tx.tokens.revoke(token):
            raise NotFound(f"there is no token {token}")


def _digest(secret: str) -> str:
    """The secret has 256 random bits: a slow hash would protect nothing more."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
