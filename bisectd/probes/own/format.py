# SPDX-License-Identifier: GPL-2.0-or-later
"""From the text of a user's TOML file to its probe. Nothing of the file is ever executed here.

docs/own-probes.md is the reference of the form. All numbers are bounded, so that no file can eat the machine.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import partial
from typing import Any

from bisectd.domain.errors import UserError
from bisectd.probes import kernel
from bisectd.probes.own.cases import read_case
from bisectd.probes.own.model import Call, CaseSpec, Switch, User
from bisectd.probes.own.run import findings
from bisectd.probes.own.table import Table, shown
from bisectd.probes.probe import MEMBERS, Case, Probe
from bisectd.probes.scenario import MAX_INSTRUCTIONS

VERSION = 1  # rises when the same file may mean something else
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}", re.ASCII)

_HEAD = ("name", "description", "must_hold", "sources", "targets", "limit", "stubs")
_CASE = ("objects", "before", "step", "after")
_SOURCE = re.compile(
    r"(?!.*(?:\.\.|//))[A-Za-z0-9_][\w./+{}-]{0,200}\.[cS](?: if (?:FP|VEC|VSX|SPE))?", re.ASCII
)
_FUNCTION = re.compile(r"[A-Za-z_.]\w{0,199}", re.ASCII)
_MOST_SOURCES, _MOST_TARGETS, _MOST_STUBS, _MOST_CASES, _MOST_STEPS = 16, 32, 64, 64, 400
_HIGHEST_LIMIT = 1_000_000
_MOST_INSTRUCTIONS = 5_000_000  # of all steps together: some seconds on any machine
_SMALL = 1 << 15

# Booting reaches into these; a case without tasks into nothing else of the kernel.
_BOOT = ("cpu_spec", "paca_struct")


def read(file: str, text: str, content: str) -> Probe:
    """The probe of a file's text. `file` is its name in messages, `content` the hash of its bytes."""
    table = Table(file, "", _parse(file, text))
    top = "case" not in table.rows
    table.check_keys((*_HEAD, *(_CASE if top else ("case",))))
    name = table.text("name")
    if not NAME.fullmatch(name):
        raise table.error("name", f"{shown(name)} is no name for a probe: take a-z, 0-9 and . _ -")
    stubs = _stubs(table)
    specs = _cases(table, top=top)
    limit = table.integer("limit", MAX_INSTRUCTIONS, _HIGHEST_LIMIT)
    _check_effort(table, specs, limit)
    return Probe(
        name=name,
        version=VERSION,
        description=table.text("description"),
        must_hold=table.text("must_hold"),
        sources=_sources(table),
        roots=_roots(specs),
        targets=table.texts("targets", _MOST_TARGETS),
        cases=tuple(Case(spec.name, partial(findings, spec, stubs)) for spec in specs),
        structures=_structures(specs),
        members=_members(specs),
        limit=limit,
        content=content,
    )


def _parse(file: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise UserError(f"{file}: brackets are nested too deep") from None
    except ValueError as error:  # TOMLDecodeError, and numbers of more than 4,300 digits
        raise UserError(f"{file}: {error}".partition("\n")[0]) from None


def _cases(table: Table, *, top: bool) -> tuple[CaseSpec, ...]:
    if top:
        return (read_case(table, ""),)
    tables = table.tables("case", _MOST_CASES)
    names = [found.text("name", f"case {number}") for number, found in enumerate(tables, start=1)]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise tables[number].error("name", f"there is another case {shown(name)}")
    for found in tables:
        found.check_keys(("name", *_CASE))
    if not tables:
        raise table.error("case", "there is none: write one [[case]], or its tables without it")
    return tuple(read_case(found, name) for found, name in zip(tables, names, strict=True))


def _sources(table: Table) -> tuple[str, ...]:
    sources = table.texts("sources", _MOST_SOURCES)
    if not sources:
        raise table.error("sources", 'is missing: name files of the kernel tree, as ["lib/int_sqrt.c"]')
    for source in sources:
        if not _SOURCE.fullmatch(source) or set("{}") & set(source.replace("{bits}", "")):
            raise table.error(
                "sources", f"{shown(source)} is no .c or .S file by its path in the kernel tree"
            )
    return sources


def _stubs(table: Table) -> Mapping[str, int]:
    below = table.table("stubs")
    if len(below.rows) > _MOST_STUBS:
        raise table.error("stubs", f"has {len(below.rows)} functions: at most {_MOST_STUBS}")
    for name, value in below.rows.items():
        if not _FUNCTION.fullmatch(name):
            raise below.error(name, "is no name of a C function")
        if type(value) is not int or not -_SMALL <= value < _SMALL:
            raise below.error(name, f"must be what it returns, {-_SMALL} to {_SMALL - 1}, not {shown(value)}")
    return below.rows


def _check_effort(table: Table, specs: tuple[CaseSpec, ...], limit: int) -> None:
    steps = sum(len(spec.steps) for spec in specs)
    if steps > _MOST_STEPS:
        raise table.error("step", f"there are {steps} of them in all: at most {_MOST_STEPS}")
    runs = sum(isinstance(step, Call | User | Switch) for spec in specs for step in spec.steps)
    if runs * limit > _MOST_INSTRUCTIONS and limit > MAX_INSTRUCTIONS:
        most = _MOST_INSTRUCTIONS // runs
        raise table.error("limit", f"{runs} steps of {limit} instructions are too many: at most {most} each")


def _roots(specs: tuple[CaseSpec, ...]) -> tuple[str, ...]:
    roots: list[str] = []
    for spec in specs:
        for step in spec.steps:
            match step:
                case Call(functions):
                    roots += functions
                case User():
                    roots += kernel.LOADERS
                case Switch():
                    roots += ("__switch_to", "_switch")
        roots += [found.variable for found in spec.objects.values() if found.variable]
    return tuple(dict.fromkeys(roots))


def _structures(specs: tuple[CaseSpec, ...]) -> tuple[str, ...]:
    named = {found.structure for spec in specs for found in spec.objects.values() if found.structure}
    paths = {path for spec in specs for path in spec.paths()}
    usual = kernel.STRUCTURES if any(spec.tasks for spec in specs) else _BOOT
    return tuple(sorted({*usual, *named, *paths}))


def _members(specs: tuple[CaseSpec, ...]) -> frozenset[str]:
    """Where these lie, and how large the structures are that the probe makes, is part of the fingerprint."""
    paths = {path for spec in specs for path in spec.paths()}
    tasks = any(spec.tasks for spec in specs)
    return frozenset({*paths, *(path for path in MEMBERS if tasks or path.startswith(_BOOT))})
