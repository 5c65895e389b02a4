# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages for people: rendered here, better with the scripts in static/, complete without."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

router = APIRouter(include_in_schema=False)
_HERE = Path(__file__).resolve().parent.parent
templates = Jinja2Templates(_HERE / "templates")


def mount(app: FastAPI) -> None:
    """Serve styles and scripts."""
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")


def error(request: Request, status: HTTPStatus, detail: str, headers: Mapping[str, str]) -> Response:
    """A page that says what is wrong."""
    context = {"status": status.value, "title": status.phrase, "detail": detail}
    return templates.TemplateResponse(request, "error.html", context, status.value, dict(headers))
