# SPDX-License-Identifier: GPL-2.0-or-later
"""Words of the terminal."""

from datetime import UTC, datetime

from bisectd.domain.text import plain

__all__ = ["minute", "plain"]


def minute(seconds: float) -> str:
    """A time, UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
