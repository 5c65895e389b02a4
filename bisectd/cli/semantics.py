# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd semantics`."""

import json
from collections.abc import Sequence
from itertools import groupby

import click
from rich.console import Console

from bisectd.cli import options
from bisectd.cli.evidence import write
from bisectd.cli.render import named_commit
from bisectd.domain.changes import Change
from bisectd.domain.commit import Commit
from bisectd.domain.errors import UserError
from bisectd.domain.semantics import Effect, Summary
from bisectd.history import Repository
from bisectd.kernel.targets import ALL
from bisectd.services.semantics import (
    Compared,
    Summarized,
    Where,
    compared_as_json,
    evaluator_for,
    summaries_as_json,
    summarize,
    target_names,
)
from bisectd.services.targets import read_file


@click.command(short_help="Say what the functions of a commit do.")
@options.repo
@click.option("--rev", metavar="REV", help="Summarize this commit.")
@click.option("--diff", metavar="A B", nargs=2, help="Compare two commits.")
@click.option("--target", metavar="NAME", default=ALL, show_default=True, help="See `bisectd targets`.")
@options.target_file
@options.toolchain
@options.database
@options.as_json
def semantics_command(
    repo: str,
    rev: str | None,
    diff: tuple[str, str] | None,
    target: str,
    target_file: str | None,
    toolchain: str,
    db: str | None,
    as_json: bool,
) -> None:
    """Say what the functions of a commit do, or what two commits do differently.

    Every entry point is run under every condition that makes sense for it. All is stored: a second call runs
    nothing.
    """
    if (rev is None) == (diff is None):
        raise UserError("name one commit with --rev, or two with --diff A B")
    repository = Repository.open(repo)
    commits = [repository.commit(repository.resolve(name)) for name in diff or (rev or "",)]
    where = Where(repo, toolchain, db, read_file(target_file))
    found = [_summaries(where, name, commits) for name in target_names(target, where.own_targets)]
    if diff:
        compared = [Compared(one.target, one, two) for one, two in found]
        _print_compared(commits, compared, as_json=as_json)
    else:
        _print_summaries(commits[0], [seen for (seen,) in found], as_json=as_json)


def _summaries(where: Where, target: str, commits: Sequence[Commit]) -> list[Summarized]:
    with evaluator_for(where, target) as evaluator:
        return [summarize(evaluator, commit.id) for commit in commits]


def _print_summaries(commit: Commit, found: Sequence[Summarized], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(summaries_as_json(commit, found), indent=2))
        return
    console = Console()
    console.print(named_commit(commit), soft_wrap=True)
    for seen in found:
        digest = f" (behaviour {seen.summary.digest[:12]})" if seen.summary else ""
        console.print(f"{seen.target}{digest}", style="bold", markup=False, soft_wrap=True)
        if seen.summary:
            _show_summary(console, seen.summary)
        else:
            write(console, f"not tested: {seen.reason}", 1, "yellow")


def _show_summary(console: Console, summary: Summary) -> None:
    for facility, subjects in groupby(summary.effects, lambda subject: subject.facility):
        write(console, facility if facility != ALL else "all facilities", 1, "bold")
        for entry, of_entry in groupby(subjects, lambda subject: subject.entry):
            write(console, entry, 2)
            effects = [(subject.condition, summary.effects[subject]) for subject in of_entry]
            for text in dict.fromkeys(effect_text(effect) for _, effect in effects):
                conditions = [name for name, effect in effects if effect_text(effect) == text]
                write(console, f"{'; '.join(conditions)}: {text}", 3)


def effect_text(effect: Effect) -> str:
    """What a call did, in one line."""
    parts = [
        effect.ends,
        effect.cleared and f"clears {effect.cleared}",
        effect.gained and f"sets {effect.gained}",
        *(f"saves {registers} to the {area}" for area, registers in effect.saved.items()),
        effect.loaded and f"loads {effect.loaded}",
        effect.clobbered and f"overwrites {effect.clobbered}, which the task still uses",
        effect.mode and f"fpexc_mode is {effect.mode}",
        effect.kernel and f"the kernel may use {effect.kernel}",
    ]
    return "; ".join(part for part in parts if part) or "nothing"


def _print_compared(commits: Sequence[Commit], found: Sequence[Compared], *, as_json: bool) -> None:
    before, after = commits
    if as_json:
        click.echo(json.dumps(compared_as_json(before, after, found), indent=2))
        return
    console = Console()
    console.print("from", named_commit(before), soft_wrap=True)
    console.print("to  ", named_commit(after), soft_wrap=True)
    for seen in found:
        console.print(seen.target, style="bold", markup=False)
        if seen.reason:
            write(console, f"not tested: {seen.reason}", 1, "yellow")
        elif not seen.changes:
            write(console, "no difference", 1)
        for facility, of_facility in groupby(seen.changes, lambda change: change.facility):
            write(console, facility if facility != ALL else "all facilities", 1, "bold")
            _show_changes(console, list(of_facility))


def _show_changes(console: Console, found: Sequence[Change]) -> None:
    for entry, of_entry in groupby(
        sorted(found, key=lambda change: change.entry), lambda change: change.entry
    ):
        write(console, entry, 2)
        for change in of_entry:
            write(console, change.text, 3)
            if change.field not in {"entry", "condition"}:
                write(console, f"when {'; '.join(change.conditions)}", 4, "dim")
