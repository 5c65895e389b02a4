# SPDX-License-Identifier: GPL-2.0-or-later
"""What every request may use."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from bisectd.settings import Settings
from bisectd.store.store import Store


@dataclass(frozen=True)
class Context:
    """One a process. `told`: tells the broker that something was queued; harmless where there is none."""

    store: Store
    settings: Settings
    told: Callable[[], None]


def context(request: Request) -> Context:
    """The context of the application that a request goes to."""
    found: Context = request.app.state.context
    return found


Here = Annotated[Context, Depends(context)]
