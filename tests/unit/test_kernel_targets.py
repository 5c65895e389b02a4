# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets of the user's own: a file in the form of targets.toml, and what is wrong with most of them."""

from dataclasses import replace

import pytest

from bisectd.domain.errors import UserError
from bisectd.kernel import targets
from bisectd.probes.registry import PROBES
from bisectd.services.targets import makes_sense, sensible
from emulator import CPUS

OWN = """
[mine]
description = "a 32-bit PowerMac of 1998"
cpu = "750"
endian = "big"
bits = 32
cpu_features = "CPU_FTRS_750"
mmu_features = "MMU_FTR_HPTE_TABLE"

[mine.flags]
zig = ["-target", "powerpc-freestanding-eabi"]
"zig:assemble" = ["-target", "powerpc-freestanding-eabihf"]

[mine.config]
PPC = "y"
HZ = "250"
"""


def test_a_target_of_the_users_stands_beside_the_others() -> None:
    assert [one.name for one in targets.all_targets(OWN)] == ["e500", "g5", "pmac32", "power8le", "mine"]
    mine = targets.find("mine", OWN)
    assert (mine.cpu, mine.bits, mine.endian) == ("750", 32, "big")
    assert mine.config == {"PPC": "y", "HZ": "250"}
    assert mine.arch_flags["zig"] == ("-target", "powerpc-freestanding-eabi")
    with pytest.raises(UserError, match="unknown target mine"):
        targets.find("mine")


def test_every_target_is_for_a_processor_that_there_is() -> None:
    for target in targets.all_targets():
        assert target.bits == CPUS[target.cpu].bits
        assert target.endian in CPUS[target.cpu].endians
        assert set(target.arch_flags) == {"zig", "zig:assemble", "gcc", "gcc:assemble"}


def test_what_is_stored_is_told_apart_by_all_that_a_target_says() -> None:
    mine = targets.find("mine", OWN)
    labels = {
        targets.label(one)
        for one in (mine, replace(mine, config={**mine.config, "HZ": "100"}), replace(mine, cpu="7447a"))
    }
    assert len(labels) == 3
    assert all(one.startswith("mine@") for one in labels)
    assert targets.label(targets.find("g5", OWN)) == "g5"


def test_a_probe_makes_sense_where_it_does_for_a_processor_of_that_kind() -> None:
    probe, mine = PROBES["fpu-giveup-fe"], targets.find("mine", OWN)
    assert makes_sense(probe, mine)
    assert mine in sensible(probe, OWN)
    assert not makes_sense(probe, replace(mine, cpu="e500v2"))
    assert not makes_sense(replace(probe, targets=("power8le",)), mine)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("bits = 32", "bit = 32", "mine: unknown key bit: did you mean bits?"),
        ("bits = 32\n", "", "mine: key bits is missing"),
        ("bits = 32", 'bits = "32"', "mine: bits must be 32 or 64, not '32'"),
        ("bits = 32", "bits = true", "mine: bits must be 32 or 64, not True"),
        ("bits = 32", "bits = 64", "mine: bits must be 32 for cpu 750"),
        ('endian = "big"', 'endian = "middle"', 'mine: endian must be "big" or "little", not \'middle\''),
        ('endian = "big"', 'endian = "little"', "mine: endian must be big for cpu 750"),
        ('cpu = "750"', 'cpu = "7400"', "mine: unknown cpu 7400: "),
        ('cpu = "750"', "cpu = 750", "mine: cpu must be a line of text, not 750"),
        ("[mine]", "[g5]\n[mine]", "g5: comes with bisectd: give yours another name"),
        ("[mine]", "lone = 5\n[mine]", "lone: is no table: begin it with [NAME]"),
        ("[mine]", "[all]\n[mine]", "all: is no name for a target"),
        ("[mine]", '["a b"]\n[mine]', "a b: is no name for a target"),
        ("[mine]", "[mine", "target file: "),
        ('HZ = "250"', "HZ = 250", "mine: config must be a table of CONFIG_ names"),
        ('HZ = "250"', '"H Z" = "250"', "mine: config must be a table of CONFIG_ names"),
        ('HZ = "250"', 'HZ = "1\\n#define X"', "mine: config must be a table of CONFIG_ names"),
        (
            'zig = ["-target", "powerpc-freestanding-eabi"]',
            'zig = "-m32"',
            "mine: flags must be a table of lists",
        ),
        ("zig = ", "zag = ", "mine: unknown key flags.zag: did you mean zig"),
        (
            '"zig:assemble" = ["-target", "powerpc-freestanding-eabihf"]\n',
            "",
            'mine: key flags."zig:assemble" is mis',
        ),
    ],
)
def test_mistakes_get_a_line_that_names_them(old: str, new: str, line: str) -> None:
    text = OWN.replace(old, new, 1)
    assert text != OWN
    with pytest.raises(UserError) as caught:
        targets.all_targets(text)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)
