# SPDX-License-Identifier: GPL-2.0-or-later
"""What other tools read: regzbot's lines, and a log that `git bisect replay` takes.

https://linux-regtracking.leemhuis.info/regzbot/manual.html; git-bisect(1).
"""

from collections.abc import Iterable, Mapping, Sequence

from bisectd.domain.commit import Commit
from bisectd.domain.records import Step
from bisectd.domain.verdict import Verdict

_WORDS = {Verdict.GOOD: "good", Verdict.BAD: "bad", Verdict.UNTESTABLE: "skip"}


def regzbot(introduced: str, title: str, link: str, fix: str) -> str:
    """A paragraph of its own, every line with its "#" in column 1; empty values are left out."""
    lines = {"introduced": introduced, "title": title, "link": link, "fix": fix}
    return "".join(f"#regzbot {key}: {_line(value)}\n" for key, value in lines.items() if value)


def bisect_log(
    bad: Commit, goods: Sequence[Commit], steps: Iterable[Step], culprit: Commit, named: Mapping[str, Commit]
) -> str:
    """The log of a bisection: start, every step, and last what the culprit rests on.

    `named` has the commits of the steps. Each step must lie below the bad commit before it, as git asks them.
    """
    start = " ".join(f"'{commit.id}'" for commit in (bad, *goods))
    lines = [_comment("bad", bad), *(_comment("good", good) for good in goods), f"git bisect start {start}"]
    for step in steps:
        word = _WORDS[step.verdict]
        lines += [_comment(word, named[step.commit]), f"git bisect {word} {step.commit}"]
    lines.append(_comment("first bad commit", culprit))
    return "".join(f"{line}\n" for line in lines)


def _comment(word: str, commit: Commit) -> str:
    return f"# {word}: [{commit.id}] {_line(commit.subject)}"


def _line(text: str) -> str:
    """One line without control characters: a subject must not begin a line of its own."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
