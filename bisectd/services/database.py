# SPDX-License-Identifier: GPL-2.0-or-later
"""The database that the settings name."""

import os

from bisectd.settings import Settings
from bisectd.store.location import database_url
from bisectd.store.store import Store


def opened(settings: Settings) -> Store:
    """The store, open; the caller closes it."""
    return Store.open(database_url(settings.db.get_secret_value() if settings.db else None, os.environ))
