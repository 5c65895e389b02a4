# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd probes` and `bisectd targets`."""

import json

import click
from rich.console import Console
from rich.table import Table

from bisectd.cli import options
from bisectd.kernel.targets import all_targets
from bisectd.probes.registry import PROBES, own_probes
from bisectd.services import documents
from bisectd.services.probes import read_file as read_probes
from bisectd.services.targets import read_file as read_targets


@click.command()
@options.probe_file
@options.as_json
def probes_command(probe_file: str | None, as_json: bool) -> None:
    """List the probes: what each does and what must hold."""
    own = read_probes(probe_file)
    rows = [
        documents.probe(probe) for probe in (*PROBES.values(), *(own_probes(own).values() if own else ()))
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    table = Table("probe", "scenario", "must hold", "targets", box=None)
    for row in rows:
        table.add_row(
            str(row["name"]),
            str(row["description"]),
            str(row["must_hold"]),
            " ".join(row["targets"]) or "all",
        )
    Console().print(table)


@click.command()
@options.target_file
@options.as_json
def targets_command(target_file: str | None, as_json: bool) -> None:
    """List the targets: what is compiled for and emulated."""
    rows = [documents.target(target) for target in all_targets(read_targets(target_file))]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    table = Table("target", "description", "CPU", "bits", "endian", box=None)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table)
