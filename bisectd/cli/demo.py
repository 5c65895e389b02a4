# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd demo`."""

from pathlib import Path

import click

from bisectd.cli import options
from bisectd.cli.bisect import Range, run_bisection
from bisectd.demo import RANGE_BAD, RANGE_GOOD
from bisectd.services.choice import setups_for
from bisectd.services.demo import demo_repository, write_demo_repository

PROBE, TARGET = "fpu-giveup-fe", "pmac32"


@click.command(short_help="Find the commit that lost MSR_FE0 and MSR_FE1.")
@click.option(
    "--write-repo",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Only write the bundled history to PATH.",
)
@options.toolchain
@options.jobs
@options.database
@options.as_json
def demo_command(write_repo: Path | None, toolchain: str, jobs: int, db: str | None, as_json: bool) -> int:
    """Find the commit that lost MSR_FE0 and MSR_FE1, on the bundled history.

    The history is a miniature of arch/powerpc with over 2,000 commits, written for this project. With
    --write-repo it becomes an ordinary repository with a work tree, to try the other commands on.
    """
    if write_repo:
        head = write_demo_repository(write_repo)
        click.echo(f"wrote {write_repo} (HEAD {head[:12]}, tags v4.4 to v5.1)")
        return 0
    setups = setups_for(str(demo_repository()), PROBE, TARGET, toolchain, db)
    return run_bisection(setups[TARGET], Range((RANGE_GOOD,), RANGE_BAD, True, jobs), as_json=as_json)
