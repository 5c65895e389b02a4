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
_MARK = "bisectd_"  # lets scanners of public repositories find a token that got there


def make(store: Store, user: str, scope: str, days: float | None = None) -> tuple[Token, str]:
    """A new token and its secret, which is stored nowhere. UserError for an unknown scope."""
    if scope not in SCOPES:
        raise UserError(f"unknown scope {scope!r}: choose one of {', '.join(SCOPES)}")
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
