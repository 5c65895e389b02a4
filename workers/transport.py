# SPDX-License-Identifier: GPL-2.0-or-later
"""kombu's Redis transport, whose channels can be closed after their connection was lost.

When Redis goes away while tasks are under way, Celery closes the lost connection twice. At the second time
kombu 5.7 asks for the host of what it closed at the first, and the AttributeError ends the worker.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis


class _Channel(redis.Channel):  # type: ignore[misc]
    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection.client is None:
            raise ConnectionError("the connection was closed")  # which kombu and Celery ignore as they close
        connparams: dict[str, Any] = super()._connparams(asynchronous)
        return connparams


class Transport(redis.Transport):  # type: ignore[misc]
    """See kombu.transport.redis."""

    Channel = _Channel


def use() -> None:
    """Let all URLs of Redis mean this transport."""
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:{Transport.__name__}"))
