# SPDX-License-Identifier: GPL-2.0-or-later
"""The REST API."""

from fastapi import APIRouter

from bisectd.web.api import health

router = APIRouter()
router.include_router(health.router)
