# SPDX-License-Identifier: GPL-2.0-or-later
"""Probes and targets: what jobs may name beside a repository."""

from typing import Any

from bisectd.kernel.targets import all_targets
from bisectd.probes.registry import PROBES
from bisectd.services import documents
from bisectd.web.api import models
from bisectd.web.api.paging import LIMIT, Cursor, Limit, page_of_whole
from bisectd.web.api.routing import router as new_router
from bisectd.web.auth import Reader

router = new_router("catalogue")


@router.get("/probes", operation_id="list_probes", response_model=models.Page[models.Probe])
def list_probes(_: Reader, cursor: Cursor = None, limit: Limit = LIMIT) -> dict[str, Any]:
    """The probes: what each does and what must hold."""
    return page_of_whole(list(PROBES.values()), cursor, limit, documents.probe)


@router.get("/targets", operation_id="list_targets", response_model=models.Page[models.Target])
def list_targets(_: Reader, cursor: Cursor = None, limit: Limit = LIMIT) -> dict[str, Any]:
    """The targets: what is compiled for and emulated."""
    return page_of_whole(all_targets(), cursor, limit, documents.target)
