# SPDX-License-Identifier: GPL-2.0-or-later
"""Probe files of the user's."""

from bisectd.domain.errors import UserError
from bisectd.domain.evaluation import OwnFile
from bisectd.probes import registry
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
