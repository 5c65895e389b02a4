# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the server is well."""

from bisectd.web.api import models
from bisectd.web.api.routing import router as new_router
from bisectd.web.context import Here

router = new_router("server")


@router.get("/health", operation_id="get_health", response_model=models.Health)
def get_health(here: Here) -> dict[str, str]:
    """The server answers, and its database does."""
    with here.store.read() as tx:
        tx.repositories.all()
    return {"status": "ok"}
