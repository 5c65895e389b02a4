# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables: facts that were learnt, the service that learns them for many, and what is followed."""

from bisectd.store.tables import facts, service, tracking
from bisectd.store.tables.base import Base

__all__ = ["Base", "facts", "service", "tracking"]
