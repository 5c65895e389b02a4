# SPDX-License-Identifier: GPL-2.0-or-later
"""Options that several commands share, so that one thing has one name."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def repo(command: F) -> F:
    """Which repository."""
    return click.option("--repo", metavar="PATH", default=".", show_default=True, help="Git repository.")(
        command
    )


def setting(command: F) -> F:
    """Probe, target, toolchain, database and the form of the output."""
    for option in reversed(
        (
            click.option("--probe", metavar="NAME", required=True, help="See `bisectd probes`."),
            click.option("--target", metavar="NAME", required=True, help="See `bisectd targets`; or all."),
            target_file,
            toolchain,
            database,
            as_json,
        )
    ):
        command = option(command)
    return command


toolchain = click.option(
    "--toolchain",
    metavar="NAME",
    default="zig",
    show_default=True,
    help="Compiler: zig, gcc, or all, which must agree.",
)
target_file = click.option("--target-file", metavar="FILE", help="Targets of your own (docs/targets.md).")
jobs = click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="one a processor",
    help="Worker processes.",
)
database = click.option("--db", metavar="URL", help="Database; default: SQLite in the user's data directory.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
