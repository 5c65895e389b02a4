# SPDX-License-Identifier: GPL-2.0-or-later
"""What a worker can be asked for: a compiler in one version, with this engine. A job never mixes two."""

import hashlib

import emulator
from bisectd.domain.errors import MachineError
from bisectd.kernel import builder, toolchain
from bisectd.kernel.fingerprint import VERSION as FINGERPRINT
from bisectd.probes.registry import PROBES

_DIGITS = 16
_ENGINE = ", engine "


def engine() -> str:
    """Changes when the same commit may give another object, fingerprint or observation: 8 hex digits."""
    probes = [f"{probe.name} {probe.version}" for probe in PROBES.values()]
    parts = (builder.VERSION, builder.environment(), FINGERPRINT, emulator.VERSION, *sorted(probes))
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:8]


def offers() -> dict[str, str]:
    """Toolchain name → offer, of the compilers on this machine."""
    found = {}
    for name in toolchain.names():
        try:
            found[name] = f"{toolchain.find(name).version}{_ENGINE}{engine()}"
        except MachineError:
            continue  # not installed here: then it is not offered
    return found


def compiler_of(offer: str) -> str:
    """The compiler and version of an offer."""
    return offer.rpartition(_ENGINE)[0]


def route(offer: str) -> str:
    """The name of an offer in queues: short, and plain enough for every broker."""
    return hashlib.sha256(offer.encode()).hexdigest()[:_DIGITS]


def routes(offered: dict[str, str]) -> list[str]:
    """What a worker takes tasks of: its offers, and jobs that are not tied to any, by toolchain name."""
    return [*offered, *map(route, offered.values())]
