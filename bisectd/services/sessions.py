# SPDX-License-Identifier: GPL-2.0-or-later
"""Browsers that signed in with a token. The cookie is random; only its hash is stored."""

import hashlib
import secrets
import time

from bisectd.domain.jobs import Token
from bisectd.services import tokens
from bisectd.store.store import Store

LIFE = 7 * 86_400.0  # seconds


def begin(store: Store, secret: str) -> str | None:
    """Sign in with a token's secret: the cookie, or None where the token is not valid."""
    token = tokens.check(store, secret)
    if token is None:
        return None
    cookie = fresh()
    with store.begin() as tx:
        tx.sessions.add(_digest(cookie), token.id, time.time() + LIFE)
    return cookie


def token_of(store: Store, cookie: str) -> Token | None:
    """Whose browser it is; None where the session or its token has ended."""
    with store.read() as tx:
        return tx.sessions.of(_digest(cookie), time.time())


def end(store: Store, cookie: str) -> None:
    """Sign out."""
    with store.begin() as tx:
        tx.sessions.end(_digest(cookie))


def fresh() -> str:
    """A new cookie: 256 random bits."""
    return secrets.token_hex(32)


def form_key(cookie: str) -> str:
    """What a form must bring that was sent by a page of ours: other sites cannot read the cookie."""
    return hashlib.sha256(b"form " + cookie.encode("utf-8", "surrogatepass")).hexdigest()


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()
