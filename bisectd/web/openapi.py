# SPDX-License-Identifier: GPL-2.0-or-later
"""The description of the API for programs (OpenAPI), and what operations say of their errors."""

import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

PUBLIC = "x-public"  # marks, until it is described, an operation that needs no token where reading is public
PROBLEM = "application/problem+json"
_EVERYWHERE = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_DESCRIPTION = """
bisectd finds the commit at which the behaviour of PowerPC kernel code changed. See docs/api.md.

Every error is a problem document (RFC 9457). Lists have at most `limit` items; `next` is the `cursor` of the
following page, null on the last. Times are seconds since the epoch, UTC. Answers to GET have an ETag: sent
back as If-None-Match it saves the body.
"""


class Problem(BaseModel):
    """What is wrong, RFC 9457."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="always about:blank: the status says what kind of error it is")
    title: str = Field(description="the status in words")
    status: int = Field(description="the status")
    detail: str = Field(description="what is wrong and what to do, in one line")


def errors(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """What an operation answers when it cannot do what is asked, for its `responses`."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status.value: {"description": status.phrase, "content": {PROBLEM: {"schema": schema}}}
        for status in (*_EVERYWHERE, *statuses)
    }


def install(app: FastAPI, *, public_read: bool) -> None:
    """Let the application describe itself."""
    app.description = _DESCRIPTION.strip()
    describe = app.openapi

    def described() -> dict[str, Any]:
        document = describe()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("Problem", Problem.model_json_schema())
        for methods in document["paths"].values():
            for operation in methods.values():
                _finish(operation, public_read=public_read)
        return document

    app.openapi = described  # type: ignore[method-assign]


def methods_of(app: FastAPI, path: str) -> list[str]:
    """Which methods a path takes, by the description: one operation alone knows only its own."""
    found: set[str] = set()
    for template, methods in app.openapi()["paths"].items():
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path):
            found |= {method.upper() for method in methods}
    if "GET" in found:
        found.add("HEAD")
    return sorted(found)


def _finish(operation: dict[str, Any], *, public_read: bool) -> None:
    """What FastAPI cannot say: that a token may be left out, and that a stream has items."""
    if operation.pop(PUBLIC, False) and public_read:
        operation["security"] = [{}, *operation["security"]]
    for content in operation["responses"].get("200", {}).get("content", {}).values():
        if "itemSchema" in content:
            content.pop("schema", None)
