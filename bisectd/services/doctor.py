# SPDX-License-Identifier: GPL-2.0-or-later
"""What works on this machine."""

import platform
from collections.abc import Callable
from importlib.metadata import version
from typing import NamedTuple

from bisectd.domain.errors import BisectdError
from bisectd.kernel import sandbox, toolchain
from bisectd.services.demo import demo_place
from bisectd.store.store import Store


class Finding(NamedTuple):
    """One thing looked at: `needed` if nothing can be bisected without it."""

    name: str
    works: bool
    needed: bool
    detail: str


def examine(database: str | None) -> list[Finding]:
    """Look at everything; nothing is changed but that the database is made where there is none."""
    return [
        Finding("Python", True, True, platform.python_version()),
        Finding("pygit2", True, True, version("pygit2")),
        *(
            _try(f"toolchain {name}", name == toolchain.names()[0], _toolchain(name))
            for name in toolchain.names()
        ),
        _try("sandbox", False, sandbox.describe),
        _try("database", True, lambda: _database(database)),
        _try("bundled history", False, _demo),
    ]


def _try(name: str, needed: bool, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, needed, look())
    except BisectdError as error:
        return Finding(name, False, needed, str(error))


def _toolchain(name: str) -> Callable[[], str]:
    return lambda: toolchain.find(name).version


def _demo() -> str:
    place = demo_place()
    return f"{place}{'' if place.exists() else ' (written by the first bisectd demo)'}"


def _database(url: str | None) -> str:
    with Store.open(url) as store:
        return store.name
