# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables: facts that were learnt, and the service that learns them for many."""

from bisectd.store.tables import facts, service
from bisectd.store.tables.base import Base

__all__ = ["Base", "facts", "service"]
