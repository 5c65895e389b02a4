# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from bisectd.domain.commit import Commit
from bisectd.suggest.fixes import fixes_line

SUBJECT = "powerpc: Add the ability to save FPU without giving it up"
ID = "0123456789abcdef0123456789abcdef01234567"


def _commit(body: str, subject: str = SUBJECT) -> Commit:
    return Commit(id=ID, parents=(), time=0, message=f"{subject}\n\n{body}\n")


def _twelve(commit_id: str) -> str:
    return commit_id[:12]


def test_a_commit_is_named_by_its_own_id() -> None:
    assert fixes_line(_commit("Why."), _twelve) == f'Fixes: 0123456789ab ("{SUBJECT}")'


@pytest.mark.parametrize(
    "line",
    [
        "commit 8792468da5e1 upstream.",
        "commit 8792468da5e1 upstream",
        "[ Upstream commit 8792468da5e1 ]",
        "    commit 8792468da5e1 upstream.",
    ],
)
def test_a_backport_is_named_by_the_mainline_id(line: str) -> None:
    assert fixes_line(_commit(f"{line}\n\nWhy."), _twelve) == f'Fixes: 8792468da5e1 ("{SUBJECT}")'


@pytest.mark.parametrize(
    "line",
    [
        "see commit 8792468da5e1 upstream.",
        "commit 8792468 upstream.",
        "Fixes: 8792468da5e1",
        "commit HEAD upstream.",
    ],
)
def test_a_mention_of_another_commit_is_not_an_upstream_line(line: str) -> None:
    assert _commit(f"{line}\n\nWhy.").upstream is None


def test_the_subject_is_never_wrapped_and_keeps_its_quotes() -> None:
    subject = 'powerpc: say "why" at length ' + "x" * 120
    assert fixes_line(_commit("", subject), _twelve) == f'Fixes: 0123456789ab ("{subject}")'


def test_more_digits_where_twelve_are_ambiguous() -> None:
    assert fixes_line(_commit(""), lambda commit_id: commit_id[:14]) == f'Fixes: 0123456789abcd ("{SUBJECT}")'
