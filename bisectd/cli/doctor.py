# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd doctor`."""

import json

import click
from rich.console import Console
from rich.table import Table

from bisectd.cli import options
from bisectd.services.doctor import examine


@click.command(short_help="Say what works on this machine, and where data lives.")
@options.database
@options.as_json
def doctor_command(db: str | None, as_json: bool) -> int:
    """Say what is installed, which toolchains work, and where data lives.

    Exit code 0 where a bisection can run, 129 where something that it needs does not work.
    """
    findings = examine(db)
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        table = Table(box=None, show_header=False)
        for finding in findings:
            mark = "[green]ok[/]" if finding.works else "[red]no[/]" if finding.needed else "[yellow]-[/]"
            table.add_row(mark, finding.name, finding.detail)
        Console().print(table)
    return 0 if all(finding.works for finding in findings if finding.needed) else 129
