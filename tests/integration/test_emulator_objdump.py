# SPDX-License-Identifier: GPL-2.0-or-later
"""What the GNU disassembler knows for a processor, the tables of the emulator know, or it is listed here."""

import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from emulator.cpus import CPUS
from emulator.decode import index_of

OBJDUMP = "powerpc-linux-gnu-objdump"

# What objdump reads for a model though the model has it not: by mnemonic, without + . and the like.
_INVALID_FORMS = {"bcctr", "bcctrl"}  # that decrement CTR
_INVALID_32 = _INVALID_FORMS | {"cmp", "cmpi", "cmpl", "cmpli"}  # of doublewords
_SQUARE_ROOT = {"fsqrt", "fsqrts", "tlbia"}
_OLD_64 = {"dcbi", "eciwx", "ecowx", "mtsrd", "mtsrdin", "rfi", "tlbia", "tlbld", "tlbli"}
_FLOAT = {"fres", "frsqrte", "fsqrt", "fsqrts", "mcrfs", "mtfsb0", "mtfsb1", "mtfsfi"}
_DOUBLEWORDS = {"efdcfsid", "efdcfuid", "efdctsidz", "efdctuidz"}
_LATER_SPE = {
    "evfsmadd",
    "evfsmsub",
    "evfsnmadd",
    "evfsnmsub",
    "evlddepx",
    "evstddepx",
    "mfdcrx",
    "mtdcrx",
    "tlbli",
}
_OTHER_LOCKS = {"dcblce", "dcbtlse", "dcbtstlse", "icblce", "icbtlse"}
_WITHDRAWN_SPE = re.compile(r"evmwh\w+a[an]|evmwls[ms]f\w*")  # not in Power ISA 2.03
_LATER = {"hashchk", "hashchkp", "hashst", "hashstp", "vabsdub", "vabsduh", "vabsduw"}  # than ISA 2.07
_UNPUBLISHED = {"attn", "mtsle", "pbt", "waitasec"}  # not in ISA 2.07

MODELS = {
    "7447a": ("7450", _INVALID_32 | _SQUARE_ROOT),
    "970": ("power4,altivec", _INVALID_FORMS | _OLD_64 | {"attn", "lq", "mcrxr", "stq"}),
    "power8": ("power8", _INVALID_FORMS | _OLD_64 | _LATER | _UNPUBLISHED),
    "e500v2": ("e500", _INVALID_32 | _FLOAT | _DOUBLEWORDS | _LATER_SPE | _OTHER_LOCKS),
}


def _words() -> list[int]:
    """All primary opcodes with all values of the last 11 bits: the other fields zero, and at random."""
    choose = random.Random(3)
    return [
        primary << 26 | fields << 11 | last
        for primary in range(64)
        for last in range(2048)
        for fields in (0, choose.getrandbits(15))
    ]


def _mnemonics(words: list[int], dialect: str, scratch: Path) -> list[str]:
    code = scratch / "code"
    code.write_bytes(b"".join(word.to_bytes(4) for word in words))
    command = [OBJDUMP, "-D", "-b", "binary", "-m", "powerpc", "-EB", "-M", dialect, "-z", str(code)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = (line.split("\t") for line in text.splitlines())
    return [row[2].split()[0].rstrip(".+-") for row in rows if len(row) > 2]


@pytest.mark.parametrize("cpu", sorted(MODELS))
def test_the_tables_know_what_the_disassembler_knows(cpu: str, tmp_path: Path) -> None:
    if shutil.which(OBJDUMP) is None:
        pytest.skip(f"{OBJDUMP} is not installed")
    dialect, others = MODELS[cpu]
    words = _words()
    mnemonics = _mnemonics(words, dialect, tmp_path)
    assert len(mnemonics) == len(words)
    find = index_of(CPUS[cpu].facilities).find
    unknown = {
        (name, hex(word))
        for word, name in zip(words, mnemonics, strict=True)
        if name not in others | {".long"} and not _WITHDRAWN_SPE.fullmatch(name) and find(word) is None
    }
    assert unknown == set()
