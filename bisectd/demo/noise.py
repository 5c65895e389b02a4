# SPDX-License-Identifier: GPL-2.0-or-later
"""The work of everybody else: commits that touch nothing a unit is made of."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bisectd.demo.actions import PEOPLE, Write
from bisectd.demo.edits import Create, Replace

# Subject prefix and directory of each area.
AREAS = (
    ("net", "drivers/net"),
    ("drm", "drivers/gpu/drm"),
    ("docs", "Documentation/devices"),
    ("mtd", "drivers/mtd"),
    ("hwmon", "drivers/hwmon"),
    ("usb", "drivers/usb"),
    ("ext", "fs/ext"),
    ("sound", "sound/codecs"),
    ("mm", "mm"),
    ("i2c", "drivers/i2c"),
    ("headers", "include/linux/platform_data"),
    ("block", "block"),
    ("crypto", "crypto"),
    ("tools", "tools/perf"),
    ("selftests", "tools/testing/selftests"),
    ("x86", "arch/x86/platform"),
    ("arm64", "arch/arm64/platform"),
    ("media", "drivers/media"),
)
POWERPC_AREAS = (
    ("powerpc/powermac", "arch/powerpc/platforms/powermac"),
    ("powerpc/dts", "arch/powerpc/boot/dts"),
)

_NAMES = (
    "amber", "basalt", "cobalt", "dolomite", "ebony", "flint", "garnet", "hazel", "indigo", "jasper", "kelp",
    "lichen", "marl", "nickel", "onyx",
)  # fmt: skip
_SETTINGS = (
    "fifo-depth", "poll-interval", "burst-length", "retries", "settle-time", "watermark", "timeout", "lanes",
    "divider",
)  # fmt: skip
_REASONS = (
    "Measured on the board: with the old value it was lost about once an hour.",
    "The data sheet of the second revision asks for it.",
    "Suspend and resume go well with it; without it every tenth resume hung.",
    "Nobody remembers where the old value came from. This one is from the manual.",
    "It saves a little power and costs nothing that could be measured.",
    "The vendor's own code does the same.",
    "Found while looking for something else.",
)
_MULTIPLIER, _INCREMENT, _MODULUS = 6364136223846793005, 1442695040888963407, 1 << 64  # Knuth's MMIX


@dataclass
class Noise:
    """Commits without end. It knows what its files hold, so that each change fits the one before."""

    _state: int = 44
    _files: dict[str, dict[str, int]] = field(default_factory=dict)

    def _roll(self, sides: int) -> int:
        self._state = (self._state * _MULTIPLIER + _INCREMENT) % _MODULUS
        return (self._state >> 33) % sides

    def commits(self, area: tuple[str, str], branch: str, count: int) -> Iterator[Write]:
        """`count` commits in one area. An area may be worked on in one branch at a time only."""
        for _ in range(count):
            yield self._commit(*area, branch)

    def _commit(self, prefix: str, directory: str, branch: str) -> Write:
        name = _NAMES[self._roll(len(_NAMES))]
        path = f"{directory}/{name}{'.h' if prefix == 'headers' else '.txt' if prefix == 'docs' else '.c'}"
        author = PEOPLE[self._roll(len(PEOPLE))]
        reason = _REASONS[self._roll(len(_REASONS))]
        setting = _SETTINGS[self._roll(len(_SETTINGS))]
        held = self._files.setdefault(path, {})
        old = held.get(setting)
        held[setting] = new = (old or 0) + 1 + self._roll(9)
        change: Create | Replace
        if old is not None:
            what = f"{'Raise' if new > 2 * old else 'Change'} {setting} from {old} to {new}"
            change = Replace(path, _line(setting, old), _line(setting, new))
        elif len(held) > 1:
            what = f"Set {setting}"
            change = Replace(path, _HEAD, _HEAD + _line(setting, new))
        else:
            what = "New file"
            change = Create(path, _NEW.format(name=name) + _HEAD + _line(setting, new) + "};\n")
        return Write(
            f"{prefix}: {name}: {what}", branch=branch, author=author, body=reason, changes=(change,)
        )


_NEW = "/* SPDX-License-Identifier: GPL-2.0-or-later */\n/* {name} */\n\n"
_HEAD = "static const struct setting settings[] = {\n"


def _line(setting: str, value: int) -> str:
    return f'\t{{ "{setting}", {value} }},\n'
