# SPDX-License-Identifier: GPL-2.0-or-later
"""Probe files of the user's."""

from importlib.resources import files
from pathlib import Path

from bisectd.domain.errors import UserError
from bisectd.domain.evaluation import OwnFile
from bisectd.probes import registry
from bisectd.probes.own.format import NAME
from bisectd.probes.own.load import PYTHON, TOML
from bisectd.services.own_files import read_text


def read_file(path: str | None) -> OwnFile | None:
    """The probe file, checked. A file that ends in .py is the user's own code, and is executed."""
    if path is None:
        return None
    if not path.endswith((PYTHON, TOML)):
        raise UserError(f"probe file {path}: its name must end in {TOML} or {PYTHON}, which says what it is")
    own = OwnFile(path, read_text("probe", path, "bisectd probe new NAME writes one to start with"))
    registry.own_probes(own)
    return own


def write_new(name: str, *, python: bool) -> Path:
    """Write a file to start with into the current folder. UserError where there is one."""
    if not NAME.fullmatch(name):
        raise UserError(f"{name!r} is no name for a probe: take a-z, 0-9 and . _ -")
    if name in registry.PROBES:
        raise UserError(f"a probe {name} comes with bisectd: give yours another name")
    suffix = PYTHON if python else TOML
    place = Path(f"{name}{suffix}")
    text = files("bisectd.probes.own").joinpath(f"new{suffix}").read_text(encoding="utf-8")
    try:
        with place.open("x", encoding="utf-8") as file:
            file.write(text.replace("NAME", name))
    except FileExistsError:
        raise UserError(f"{place} exists: choose another name, or remove it first") from None
    return place
