# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd explain`."""

import json
from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bisectd.cli import options
from bisectd.cli.demo import PROBE, TARGET
from bisectd.cli.evidence import write
from bisectd.cli.progress import progress
from bisectd.cli.render import SHORT, named_commit
from bisectd.cli.text import plain
from bisectd.demo import RANGE_BAD, RANGE_GOOD
from bisectd.domain.errors import UserError
from bisectd.domain.mentions import Mentioned
from bisectd.domain.regression import Culprit
from bisectd.domain.verdict import Verdict
from bisectd.history import Repository
from bisectd.kernel.targets import ALL
from bisectd.services.bisection import bisect, resolve
from bisectd.services.demo import demo_repository
from bisectd.services.evaluation import Evaluator, setup_for
from bisectd.services.explain import Crash, Explanation, Group, Run, explain
from bisectd.services.explain import as_json as explanation_as_json
from bisectd.services.semantics import Where, target_names
from bisectd.services.targets import read_file
from workers.pool import LocalPool

_HEADINGS = {
    Mentioned.NO: "Not mentioned in the message:",
    Mentioned.FUNCTION: "The function is mentioned, this is not:",
    Mentioned.YES: "Mentioned:",
}

_WORDS = 8  # shown; --json has all


@click.command(short_help="Say what a commit really changed, from runs.")
@click.argument("commit", required=False)
@click.option("--repo", metavar="PATH", help="Git repository; default: . for a commit or a range.")
@click.option(
    "--good", "goods", metavar="REV", multiple=True, help="Bisect first: good revision; may repeat."
)
@click.option("--bad", metavar="REV", help="Bisect first: bad revision.")
@click.option("--target", metavar="NAME", default=ALL, show_default=True, help="See `bisectd targets`.")
@options.target_file
@options.toolchain
@options.jobs
@options.database
@options.as_json
def explain_command(
    commit: str | None,
    repo: str | None,
    goods: tuple[str, ...],
    bad: str | None,
    target: str,
    target_file: str | None,
    toolchain: str,
    jobs: int,
    db: str | None,
    as_json: bool,
) -> None:
    """Answer from runs what a commit changed, where that crashes, and which entry points leak.

    COMMIT, or the culprit between --good and --bad for probe fpu-giveup-fe on pmac32; without either, the
    culprit of the bundled history.
    """
    if bool(goods) != bool(bad) or (commit and bad):
        raise UserError("name one commit, or a range with --good REV --bad REV")
    if not commit and not bad:
        if repo:
            raise UserError("what to explain? name a commit, or a range with --good REV --bad REV")
        repo, goods, bad = str(demo_repository()), (RANGE_GOOD,), RANGE_BAD
    where = Where(repo or ".", toolchain, db, read_file(target_file))
    names = target_names(target, where.own_targets)
    found = explain(where, _culprit(where, commit, goods, bad or "", jobs), names)
    if as_json:
        click.echo(json.dumps(explanation_as_json(found), indent=2))
    else:
        show_explanation(Console(), found)


def _culprit(where: Where, commit: str | None, goods: tuple[str, ...], bad: str, jobs: int) -> str:
    """The commit that was named, or the one that a bisection finds."""
    if commit:
        return Repository.open(where.repository).resolve(commit)
    setup = setup_for(where.repository, PROBE, TARGET, where.toolchain, where.database)
    with Evaluator.open(setup) as evaluator, LocalPool(setup, jobs) as pool:
        question = resolve(evaluator, pool, goods, bad, exhaustive=False)
        with progress() as listener:
            outcome = bisect(question, evaluator, pool, listener).outcome
    if not isinstance(outcome, Culprit):
        raise UserError(
            f"the range has no single culprit: see bisectd bisect --probe {PROBE} --target {TARGET}"
        )
    return outcome.transition.commit


def show_explanation(console: Console, found: Explanation) -> None:
    """The three answers, each with its evidence."""
    console.print(Text("commit   ", "bold") + named_commit(found.commit), soft_wrap=True)
    for parent in found.parents:
        console.print(Text("parent   ") + named_commit(parent), soft_wrap=True)
    _title(console, "What did it change beside what its message says?")
    _show_changes(console, found)
    _title(console, "Where does it crash, and why not elsewhere?")
    for crash in found.crashes:
        _show_crash(console, crash, is_itself=crash.commit == found.commit.id)
    if not found.crashes:
        write(console, "no target here has the scenario (kvm-pr-host-sigfpe)", 1)
    _title(console, "Which entry points leave FE0 or FE1 behind?")
    _show_leaks(console, found)


def _title(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, "bold underline"))


def _show_changes(console: Console, found: Explanation) -> None:
    for seen in found.compared:
        if seen.reason:
            write(console, f"{seen.target}: not tested: {seen.reason}", 1, "yellow")
        elif not seen.changes:
            write(console, f"{seen.target}: no difference to {seen_parent(found)}", 1)
    for mentioned, heading in _HEADINGS.items():
        groups = [group for group in found.groups if group.mentioned is mentioned]
        if groups:
            write(console, heading, 1, "bold red" if mentioned is Mentioned.NO else "bold")
        for group in groups:
            _show_group(console, group)


def seen_parent(found: Explanation) -> str:
    """What a version is compared with, in words."""
    return "its parent" if len(found.parents) == 1 else "that parent"


def _show_group(console: Console, group: Group) -> None:
    write(console, group.text, 2)
    by_entries: dict[tuple[str, ...], list[str]] = {}
    for target in dict.fromkeys(target for target, _, _ in group.where):
        entries = tuple(dict.fromkeys(entry for name, entry, _ in group.where if name == target))
        by_entries.setdefault(entries, []).append(target)
    for entries, targets in by_entries.items():
        write(console, f"{', '.join(entries)} on {', '.join(targets)}", 3)
    if group.mentioned is Mentioned.YES:
        write(console, f"by: {', '.join(group.found)}", 3, "dim")
    else:
        more = f" and {len(group.sought) - _WORDS} more" if len(group.sought) > _WORDS else ""
        write(console, f"looked for: {', '.join(group.sought[:_WORDS])}{more}", 3, "dim")


def _show_crash(console: Console, crash: Crash, *, is_itself: bool) -> None:
    who = "the commit" if is_itself else f"parent {crash.commit[:SHORT]}"
    write(console, f"{crash.target}, {who}: {verdict_text(crash)}", 1, "bold")
    asked = "had init asked with prctl(PR_SET_FPEXC, PR_FP_EXC_PRECISE)"
    write(console, f"as it is: {run_text(crash.as_is)}", 2)
    if run_text(crash.asked) != run_text(crash.as_is):
        write(console, f"{asked}: {run_text(crash.asked)}", 2)
    if run_text(crash.asked_seldom) != run_text(crash.asked):
        write(console, f"and were its thread.load_fp 0: {run_text(crash.asked_seldom)}", 2)


def verdict_text(crash: Crash) -> str:
    """What the runs say, and no more than that."""
    if crash.as_is.verdict is Verdict.UNTESTABLE:
        return "not tested"
    if crash.as_is.interrupt:
        return "init is hit"
    return f"init is not hit; {_asked(crash)}"


def _asked(crash: Crash) -> str:
    if Verdict.UNTESTABLE in {crash.asked.verdict, crash.asked_seldom.verdict}:
        return "not tested for a task that asks for exceptions"
    if crash.asked.interrupt:
        return "a task that asks for exceptions would be"
    if crash.asked_seldom.interrupt:
        return "a task that asks for exceptions would be, unless the kernel loads its registers ahead"
    return "nor would a task be that asks for exceptions"


def run_text(run: Run) -> str:
    """A run of the scenario, in one sentence."""
    if run.verdict is Verdict.UNTESTABLE or not run.mode:
        return f"not tested: {run.reason}"
    left = f"{run.left} left set" if run.left else "neither FE0 nor FE1"
    how = f"fpexc_mode {run.mode}, given up with {left}"
    back = f"back with MSR {run.back} and FPSCR {run.fpscr}"
    if run.interrupt is None:
        return f"{how}; {back}; no interrupt"
    deferred = "deferred " if run.interrupt["deferred"] else ""
    taken = f"{deferred}{run.interrupt['name']} interrupt {run.interrupt['vector']}"
    return f"{how}; {back}; {taken}, SRR1 {run.interrupt['srr1_bits']}: SIGFPE, the host panics"


def _show_leaks(console: Console, found: Explanation) -> None:
    targets = list(dict.fromkeys(target for row in found.leaks.values() for target in row))
    table = Table("entry point", *targets, box=None)
    for entry, row in found.leaks.items():
        table.add_row(entry, *(_cell(list(row[target].values())) for target in targets))
    console.print(table)
    write(console, "parent → commit; one word where both do the same", 1, "dim")


def _cell(states: Sequence[str]) -> Text:
    shown = plain(" → ".join(dict.fromkeys(states)) if len(set(states)) > 1 else states[-1])
    return Text(shown, "bold red" if states[-1].startswith("leaks") else "")
