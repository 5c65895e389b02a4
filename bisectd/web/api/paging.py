# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages of lists. A cursor is the number that the next page begins after: opaque, and good for ever."""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Query
from fastapi.exceptions import RequestValidationError

from bisectd.domain.records import LARGEST


class Numbered(Protocol):
    """A row."""

    @property
    def id(self) -> int:
        """Its number, which no other row gets."""


T = TypeVar("T")
N = TypeVar("N", bound=Numbered)

LIMIT = 50
MOST = 200

Limit = Annotated[int, Query(ge=1, le=MOST, description="how many items at most")]
Cursor = Annotated[
    str | None,
    Query(
        max_length=40,
        pattern="^[A-Za-z0-9_-]+$",
        description="`next` of the page before; without it the first page",
    ),
]


def after(cursor: str | None) -> int | None:
    """The number that a page begins after; None for the first page."""
    if cursor is None:
        return None
    try:
        word, number = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").split(":")
        if word == "after" and number.isdigit() and int(number) <= LARGEST:
            return int(number)
    except (ValueError, binascii.Error):
        pass
    problem = {"loc": ("query", "cursor"), "msg": "this is no cursor of this list", "type": "cursor"}
    raise RequestValidationError([problem])


def page(
    found: Sequence[T], limit: int, number: Callable[[T], int], show: Callable[[T], dict[str, Any]]
) -> dict[str, Any]:
    """A page of what was `found`. One more than `limit` was asked for, to know whether there is more."""
    items = found[:limit]
    more = len(found) > limit
    return {"items": [show(item) for item in items], "next": _cursor(number(items[-1])) if more else None}


def _cursor(number: int) -> str:
    return base64.urlsafe_b64encode(f"after:{number}".encode()).decode().rstrip("=")


def page_by_id(
    whole: Iterable[N], cursor: str | None, limit: int, show: Callable[[N], dict[str, Any]]
) -> dict[str, Any]:
    """A page of rows that are at hand, by number: what was removed since the page before moves nothing."""
    start = after(cursor) or 0
    found = sorted((one for one in whole if one.id > start), key=lambda one: one.id)
    return page(found[: limit + 1], limit, lambda one: one.id, show)


def page_of_whole(
    whole: Sequence[T], cursor: str | None, limit: int, show: Callable[[T], dict[str, Any]]
) -> dict[str, Any]:
    """A page of a list that never changes but at its end. Its cursor is a position."""
    start = after(cursor) or 0
    numbered = list(enumerate(whole[start : start + limit + 1], start + 1))
    return page(numbered, limit, lambda one: one[0], lambda one: show(one[1]))
