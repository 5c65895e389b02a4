# SPDX-License-Identifier: GPL-2.0-or-later
"""The targets of targets.toml, and those of a file of the user's in the same form."""

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from bisectd.domain.errors import UserError
from bisectd.domain.names import nearest
from bisectd.domain.target import Target
from bisectd.kernel import toolchain
from emulator.cpus import CPUS

ALL = "all"  # on the command line: every target on which a probe makes sense

_BUILT_IN = "targets.toml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
_SYMBOL = re.compile(r"\w+")


class _Mistake(Exception):
    """What is wrong with a table, without its place. Never leaves this module."""


class _Form(NamedTuple):
    """What the value of a key must be: in words, and a test of it."""

    words: str
    holds: Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\n" not in value


def _is_flags(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(flags, list) and all(map(_is_text, flags)) for flags in value.values()
    )


def _is_config(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _SYMBOL.fullmatch(name) and _is_text(text) for name, text in value.items()
    )


_TEXT = _Form("a line of text", _is_text)
_KEYS = {
    "description": _TEXT,
    "cpu": _TEXT,
    "endian": _Form('"big" or "little"', lambda value: value in ("big", "little")),
    "bits": _Form("32 or 64", lambda value: type(value) is int and value in (32, 64)),
    "cpu_features": _TEXT,
    "mmu_features": _TEXT,
    "flags": _Form("a table of lists of flags", _is_flags),
    "config": _Form("a table of CONFIG_ names, without that prefix, to text", _is_config),
}


@cache
def all_targets(own: str = "") -> tuple[Target, ...]:
    """Every target, by name: those that come with bisectd, and those of the text of a user's file."""
    text = files("bisectd.kernel").joinpath(_BUILT_IN).read_text(encoding="utf-8")
    return (*_parse(text), *(_parse(own, built_in=tomllib.loads(text)) if own else ()))


def find(name: str, own: str = "") -> Target:
    """The target of that name; UserError with the nearest names where there is none."""
    known = {target.name: target for target in all_targets(own)}
    if name not in known:
        raise UserError(f"unknown target {name}: " + nearest(name, known))
    return known[name]


def label(target: Target) -> str:
    """What observations of a target are stored under: its name, for a user's with a hash of all it says."""
    return target.name if target in all_targets() else f"{target.name}@{target.digest[:12]}"


def _parse(text: str, built_in: Mapping[str, Any] | None = None) -> tuple[Target, ...]:
    """The targets of a file's text. UserError for the first mistake, with the table it is in."""
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"target file: {error}") from None
    if not tables:
        raise UserError("target file: no table in it: copy one of bisectd/kernel/targets.toml")
    return tuple(_target(name, tables[name], built_in or {}) for name in sorted(tables))


def _target(name: str, table: Any, built_in: Mapping[str, Any]) -> Target:
    try:
        _check_name(name, built_in)
        _check_keys(table)
        _check_machine(table)
        _check_flags(table["flags"])
    except _Mistake as mistake:
        raise UserError(f"target file: {name}: {mistake}") from None
    plain = {key: value for key, value in table.items() if key != "flags"}
    flags = {toolchain_: tuple(flags) for toolchain_, flags in table["flags"].items()}
    return Target(name=name, arch_flags=flags, **plain)


def _check_name(name: str, built_in: Mapping[str, Any]) -> None:
    if name in built_in:
        raise _Mistake("comes with bisectd: give yours another name")
    if name == ALL or not _NAME.fullmatch(name):
        raise _Mistake("is no name for a target: take letters, digits and _ . -")


def _check_keys(table: Any) -> None:
    if not isinstance(table, dict):
        raise _Mistake("is no table: begin it with [NAME]")
    for key, value in table.items():
        if key not in _KEYS:
            raise _Mistake(f"unknown key {key}: {nearest(key, _KEYS)}")
        if not _KEYS[key].holds(value):
            raise _Mistake(f"{key} must be {_KEYS[key].words}, not {value!r:.60}")
    missing = [key for key in _KEYS if key not in table]
    if missing:
        raise _Mistake(f"key {missing[0]} is missing")


def _check_machine(table: Mapping[str, Any]) -> None:
    cpu = CPUS.get(table["cpu"])
    if cpu is None:
        raise _Mistake(f"unknown cpu {table['cpu']}: {nearest(table['cpu'], CPUS)}")
    if table["bits"] != cpu.bits:
        raise _Mistake(f"bits must be {cpu.bits} for cpu {cpu.name}")
    if table["endian"] not in cpu.endians:
        raise _Mistake(f"endian must be {' or '.join(cpu.endians)} for cpu {cpu.name}")


def _check_flags(flags: Mapping[str, Any]) -> None:
    known = [f"{name}{step}" for name in toolchain.names() for step in ("", ":assemble")]
    for key in flags:
        if key not in known:
            raise _Mistake(f"unknown key flags.{key}: {nearest(key, known)}")
    for name in {key.partition(":")[0] for key in flags} or toolchain.names()[:1]:
        for key in (name, f"{name}:assemble"):
            if key not in flags:
                raise _Mistake(f'key flags."{key}" is missing')
