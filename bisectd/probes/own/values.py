# SPDX-License-Identifier: GPL-2.0-or-later
"""What the file can write for a value: numbers, typed numbers and arrays, bytes, bits by name, addresses."""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bisectd.domain.names import nearest
from bisectd.probes.bits import FPSCR, MSR_64, MSR_E500, VSCR, Bits
from bisectd.probes.own.table import Table, shown

SIZES = {"8": 1, "16": 2, "32": 4, "64": 8}
TYPES: Mapping[str, int] = {
    **{f"{sign}{bits}": size for sign in "us" for bits, size in SIZES.items()},
    "u128": 16,
    "long": 0,  # the target's width
    "ulong": 0,
}
MOST_ELEMENTS = 4096
MOST_BYTES = 1 << 16
_WIDEST = 128

# Every bit that some target has; one that a target does not have is left out there.
TABLES: Mapping[str, Bits] = {"MSR": {**MSR_E500, **MSR_64}, "FPSCR": FPSCR, "VSCR": VSCR}
_NAMED = {"msr": "MSR", "fpexc_mode": "MSR", "fpscr": "FPSCR", "vscr": "VSCR"}  # last name of a path → bits
_STATES = ("user", "kernel")  # what user and kernel code run with, as far as the MSR goes
_NUMBER = re.compile(r"0x[0-9a-fA-F]{1,32}|0|[1-9][0-9]{0,37}", re.ASCII)
BEFORE = "before"
UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Number:
    """A number; `type` is one of TYPES, "" for the size of where it goes."""

    value: int
    type: str = ""


@dataclass(frozen=True)
class Array:
    """C integers one after the other."""

    values: tuple[int, ...]
    type: str


@dataclass(frozen=True)
class Bytes:
    """Bytes as they are in memory."""

    data: bytes


@dataclass(frozen=True)
class BitNames:
    """Bits of a register by name, word after word: `FP`, `+FP`, `-FP`, `before`, `user`, a number."""

    table: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """An object by name (its address), a member (its value), or with & the address of either."""

    path: str
    address: bool


@dataclass(frozen=True)
class Unchanged:
    """What was there before the first step."""


Value: TypeAlias = Number | Array | Bytes | BitNames | Reference
Expected: TypeAlias = Value | Unchanged


def table_for(place: str) -> str:
    """The name of the bits that a place holds, by the last part of its name; "" where it holds none."""
    last = place.rpartition(".")[2]
    return last if last in TABLES else _NAMED.get(last, "")


def read_value(table: Table, key: str, raw: Any, bits: str = "") -> Value:
    """One value. `bits`: the table of the place it is for, so that bare names are bits."""
    if type(raw) is int:
        return Number(_bounded(table, key, raw))
    if type(raw) is float:
        return Number(int.from_bytes(struct.pack(">d", raw)), "u64")
    if isinstance(raw, dict):
        return _typed(table, key, raw)
    if isinstance(raw, str):
        return _words(table, key, table.line(key, raw), bits)
    raise table.error(key, f"{shown(raw)} is no value: write a number, a name, bits, or {{ u32 = [1, 2] }}")


def read_expected(table: Table, key: str, raw: Any, bits: str = "") -> Expected:
    """One value that must hold: a value, or "unchanged"."""
    if raw == UNCHANGED:
        return Unchanged()
    return read_value(table, key, raw, bits)


def _typed(table: Table, key: str, raw: Mapping[str, Any]) -> Value:
    if len(raw) != 1:
        raise table.error(key, f"must have one key, as {{ u32 = 1 }}, not {shown(list(raw))}")
    ((name, value),) = raw.items()
    if name == "text":
        if not isinstance(value, str) or len(value.encode(errors="replace")) > MOST_BYTES:
            raise table.error(key, f"text must be text of at most {MOST_BYTES} bytes")
        return Bytes(value.encode(errors="replace") + b"\0")
    if name == "hex":
        return Bytes(_hex(table, key, value))
    if name not in TYPES:
        raise table.error(key, f"unknown type {name}: {nearest(name, [*TYPES, 'text', 'hex'])}")
    if isinstance(value, list):
        if not 0 < len(value) <= MOST_ELEMENTS:
            raise table.error(key, f"must have 1 to {MOST_ELEMENTS} elements, not {len(value)}")
        return Array(tuple(_typed_number(table, key, element, name) for element in value), name)
    return Number(_typed_number(table, key, value, name), name)


def _hex(table: Table, key: str, value: Any) -> bytes:
    try:
        data = bytes.fromhex(value)
    except (TypeError, ValueError):
        raise table.error(key, f"hex must be pairs of hex digits, not {shown(value)}") from None
    if not 0 < len(data) <= MOST_BYTES:
        raise table.error(key, f"hex must be 1 to {MOST_BYTES} bytes, not {len(data)}")
    return data


def _typed_number(table: Table, key: str, value: Any, name: str) -> int:
    if type(value) is not int:
        raise table.error(key, f"{name} must be a number, not {shown(value)}")
    bits = 8 * (TYPES[name] or 8)
    low, high = (0, 1 << bits) if name.startswith("u") else (-(1 << bits - 1), 1 << bits - 1)
    if not low <= value < high:
        raise table.error(key, f"{shown(value)} does not fit {name}")
    return value


def _bounded(table: Table, key: str, value: int) -> int:
    if not -(1 << _WIDEST - 1) <= value < 1 << _WIDEST:
        raise table.error(key, f"{shown(value)} does not fit {_WIDEST} bits")
    return value


def _words(table: Table, key: str, raw: str, bits: str) -> Value:
    if raw.startswith("&"):
        return Reference(raw[1:].strip(), address=True)
    prefix, colon, rest = raw.partition(":")
    if colon:
        if prefix not in TABLES:
            raise table.error(key, f"unknown register {prefix!r}: {nearest(prefix, TABLES)}")
        bits, raw = prefix, rest
    if not bits:
        return Reference(raw, address=False)
    words = tuple(raw.replace("|", " ").split())
    for word in words:
        _check_bit(table, key, bits, word)
    return BitNames(bits, words)


def _check_bit(table: Table, key: str, bits: str, word: str) -> None:
    if word == BEFORE or (bits == "MSR" and word in _STATES) or _number(word) is not None:
        return
    known = TABLES[bits]
    if word.lstrip("+-") not in known:
        raise table.error(key, f"{bits} has no bit {word!r}: {nearest(word.lstrip('+-'), known)}")


def _number(word: str) -> int | None:
    return int(word, 0) if _NUMBER.fullmatch(word) else None


def combine(value: BitNames, known: Bits, states: Mapping[str, int]) -> int:
    """The number that bits by name stand for.

    `known`: the bits of this target; `states`: words for a whole value.
    """
    result = 0
    for word in value.words:
        name = word.lstrip("+-")
        number = _number(word)
        if word.startswith("-") and number is None:
            result &= ~known.get(name, 0)
        else:
            result |= states[name] if name in states else number if number is not None else known.get(name, 0)
    return result
