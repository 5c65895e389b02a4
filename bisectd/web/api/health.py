# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the server is well."""

from fastapi import APIRouter

from bisectd.web.context import Here

router = APIRouter(tags=["server"])


@router.get("/health")
def health(here: Here) -> dict[str, str]:
    """The server answers, and its database does."""
    with here.store.read() as tx:
        tx.repositories.all()
    return {"status": "ok"}
