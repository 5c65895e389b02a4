# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits."""

from fastapi import APIRouter, Request, Response

from bisectd.services.shown.commits import commit_page
from bisectd.web.context import Here
from bisectd.web.pages.render import page
from bisectd.web.pages.values import Name
from bisectd.web.pages.visitor import Reader, Repositories

router = APIRouter()


@router.get("/commits/{repository}/{commit:path}")
def commit(
    request: Request, here: Here, visitor: Reader, readers: Repositories, repository: Name, commit: Name
) -> Response:
    """Message, diff, and what is known of a commit; by its id or any other name."""
    found = commit_page(here.store, readers, repository, commit)
    return page(request, visitor, "commit.html", found=found, diff=diff_lines(found.patch.text))


def diff_lines(text: str) -> list[tuple[str, str]]:
    """Each line of a diff with its kind."""
    found, in_hunk = [], False
    for line in text.split("\n") if text else ():
        if line.startswith("diff --git "):
            in_hunk = False
        in_hunk = in_hunk or line.startswith("@@")
        found.append((_kind(line, in_hunk=in_hunk), line))
    return found


def _kind(line: str, *, in_hunk: bool) -> str:
    if line.startswith("diff --git "):
        return "file"
    if line.startswith("@@"):
        return "hunk"
    if not in_hunk:
        return "head"
    return {"+": "added", "-": "removed"}.get(line[:1], "same")
