# SPDX-License-Identifier: GPL-2.0-or-later
"""What a suggestion says to regzbot, to `git bisect replay`, and to the list."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from email.header import Header
from email.utils import formataddr, parseaddr

from bisectd.domain.commit import Commit
from bisectd.domain.errors import UserError
from bisectd.domain.records import Step
from bisectd.domain.verdict import Verdict
from bisectd.history import Repository
from bisectd.services.cure import Effect
from bisectd.services.origin import Always, Among, Introduced, Origin
from bisectd.services.suggestion import Suggestion
from bisectd.services.survey import Line, Reached
from bisectd.suggest import tracking

_RE = re.compile(r"^\s*(?:re:\s*)+", re.IGNORECASE)
_LORE = "https://lore.kernel.org/r/{}/"


def regzbot(suggestion: Suggestion) -> str:
    """The #regzbot paragraph. UserError where no commit and no range introduced it."""
    if suggestion.introduced is None:
        raise UserError("no commit and no range is known to have introduced it: nothing for regzbot")
    patch = suggestion.fix.patch
    link = _LORE.format(patch.message_id) if patch.message_id else ""
    return tracking.regzbot(suggestion.introduced, _title(suggestion), link, patch.subject)


def _title(suggestion: Suggestion) -> str:
    """What a user of the kernel sees, in the words of the fix: its subject without "Fix"."""
    subject = suggestion.fix.patch.subject
    area, _, rest = subject.rpartition(": ")
    return f"{area}: {rest.removeprefix('Fix ')}" if area else subject


def bisect_log(suggestion: Suggestion, repository: Repository) -> str:
    """A log that `git bisect replay` takes and that ends at the culprit. UserError where there is none."""
    found = suggestion.origin
    if not isinstance(found, Introduced):
        raise UserError("no single commit was found: there is no bisection to replay")
    named = suggestion.described
    steps = [*_steps(found, repository), *(Step(parent, Verdict.GOOD, "") for parent in found.parents)]
    steps.append(Step(found.commit, Verdict.BAD, ""))
    return tracking.bisect_log(
        named[suggestion.base.commit], [named[found.good]], steps, named[found.commit], named
    )


def _steps(found: Introduced, repository: Repository) -> Iterator[Step]:
    """The steps that git can follow: of what is BAD only what the culprit is below, each below the last."""
    bad: str | None = None
    last = {found.commit, *found.parents}
    for step in found.steps:
        if step.commit in last:
            continue
        if step.verdict is not Verdict.BAD:
            yield step
        elif repository.is_ancestor(found.commit, step.commit) and (
            bad is None or repository.is_ancestor(step.commit, bad)
        ):
            bad = step.commit
            yield step


def reply(suggestion: Suggestion) -> str:
    """A mail to the list, with headers, as an answer to the fix."""
    patch = suggestion.fix.patch
    headers = {
        "To": _addresses([patch.author]),
        "Cc": _addresses([person.who for person in suggestion.people]),
        "Subject": _header("Re: " + _RE.sub("", patch.title)),
        "In-Reply-To": f"<{patch.message_id}>" if patch.message_id else "",
        "References": f"<{patch.message_id}>" if patch.message_id else "",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    head = "".join(f"{name}: {value}\n" for name, value in headers.items() if value)
    return f"{head}\n" + "".join(f"{line}\n" for line in _body(suggestion))


def _addresses(people: Sequence[str]) -> str:
    pairs = (parseaddr(_line(who)) for who in people)
    return ", ".join(formataddr(pair) for pair in pairs if pair[1].isascii() and "@" in pair[1])


def _header(text: str) -> str:
    """A header's value, encoded where it is not ASCII."""
    text = _line(text)
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=10_000).encode()


def _body(suggestion: Suggestion) -> Iterator[str]:
    yield f"Applied to {suggestion.base.title}, compiled and run by bisectd."
    yield ""
    yield from _effects(suggestion)
    yield from _origin(suggestion)
    yield from _kernels(suggestion)
    if suggestion.additions:
        yield from ("Please add:", "", *suggestion.additions, "")
    if suggestion.remarks:
        yield "On the message:"
        yield ""
        for remark in suggestion.remarks:
            where = f", line {remark.line}" if remark.line else ""
            yield f" - {remark.type}{where}: {_line(remark.text)}"
        yield ""


def _effects(suggestion: Suggestion) -> Iterator[str]:
    cured, broken = suggestion.having(Effect.CURED), suggestion.having(Effect.BROKEN)
    if not cured:
        yield "It turns no probe from BAD to GOOD."
        yield ""
    for words, tried in (("BAD without it, GOOD with it:", cured), ("GOOD without it, BAD with it:", broken)):
        if tried:
            setups = ((one.setup.probe, one.setup.target) for one in tried)
            yield from (words, "", *(f"  {line}" for line in by_probe(setups)), "")
    if suggestion.primary:
        setup = suggestion.primary.setup
        yield f"Without it, {setup.probe} on {setup.target}:"
        yield from ("", f"  {_line(suggestion.primary.before.observation.reason)}", "")


def by_probe(setups: Iterable[tuple[str, str]]) -> list[str]:
    """One line a probe, with its targets. `setups`: probe and target."""
    found: dict[str, list[str]] = {}
    for probe, target in setups:
        found.setdefault(probe, []).append(target)
    return [f"{probe}: {', '.join(targets)}" for probe, targets in found.items()]


def _origin(suggestion: Suggestion) -> Iterator[str]:
    sentence = origin_sentence(suggestion.origin, suggestion.described, suggestion.introduced)
    if sentence:
        yield from (sentence, "")


def origin_sentence(origin: Origin | None, named: Mapping[str, Commit], introduced: str | None) -> str:
    """Since when, in words; "" where nothing is cured. `introduced`: see `Suggestion`."""
    match origin:
        case Introduced(commit, parents):
            what = f'commit {introduced} ("{_line(named[commit].subject)}")'
            here = f", here {commit[:12]}" if named[commit].upstream else ""
            count = "its parent is" if len(parents) == 1 else "all its parents are"
            return f"Introduced by {what}{here}: it is BAD, {count} GOOD."
        case Among(commits):
            return (
                f"Introduced by one of {len(commits)} commits, {commits[0][:12]} to {commits[-1][:12]}: "
                "those before the last cannot be tested."
            )
        case Always(first, before, with_function):
            since = "since the function exists" if with_function else "as far back as can be tested"
            what = f'commit {first[:12]} ("{_line(named[first].subject)}")'
            return f"It has always been so {since}, first at {what}; before it: {_line(before)}."
        case None:
            return ""
        case other:
            return f"No commit can be named: {other.reason}."


def _kernels(suggestion: Suggestion) -> Iterator[str]:
    lines = affected(suggestion.lines, suggestion.reached)
    if lines:
        yield from ("Affected, by verdicts at releases and branch heads:", "")
        yield from (*(f"  {line}" for line in lines), "")


def affected(lines: Sequence[Line], reached: Sequence[Reached]) -> list[str]:
    """The lines with the fault; neighbours that are a release alone are one row."""
    found: list[str] = []
    alone: list[str] = []
    for line in [*lines, None]:
        if line and line.affected and len(line.points) == 1:
            alone.append(line.points[0].name)
            continue
        if alone:
            found.append(alone[0] if len(alone) == 1 else f"{alone[0]} to {alone[-1]}")
        alone = []
        if line and line.affected:
            found.append(_span(line, reached))
    return found


def _span(line: Line, reached: Sequence[Reached]) -> str:
    """The releases of a line with the fault, and where it was cured."""
    first, last = line.affected[0], line.affected[-1]
    span = first.name if first == last else f"{first.name} to {last.name}"
    if line.open:
        return f"{span}, to this day"
    cure = next(point for point in line.points[line.points.index(last) + 1 :])
    fix = next((one for one in reached if one.line == line.name), None)
    return f"{span}, not {cure.name}" + (f" ({fix.commit.id[:12]} {fix.how.value})" if fix else "")


def _line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)
