# SPDX-License-Identifier: GPL-2.0-or-later
"""The targets of targets.toml."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from bisectd.domain.errors import UserError
from bisectd.domain.names import nearest
from bisectd.domain.target import Target


@cache
def all_targets() -> tuple[Target, ...]:
    """Every target, by name."""
    table = tomllib.loads(files("bisectd.kernel").joinpath("targets.toml").read_text(encoding="utf-8"))
    return tuple(_target(name, table[name]) for name in sorted(table))


def _target(name: str, row: Mapping[str, Any]) -> Target:
    plain = {key: value for key, value in row.items() if key != "flags"}
    return Target(
        name=name,
        arch_flags={toolchain: tuple(flags) for toolchain, flags in row["flags"].items()},
        **plain,
    )


def find(name: str) -> Target:
    """The target of that name; UserError with the nearest names where there is none."""
    known = {target.name: target for target in all_targets()}
    if name not in known:
        raise UserError(f"unknown target {name}: " + nearest(name, known))
    return known[name]
