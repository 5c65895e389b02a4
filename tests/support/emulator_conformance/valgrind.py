# SPDX-License-Identifier: GPL-2.0-or-later
"""Valgrind's instruction tests for PowerPC: C programs, compared by what they print."""

import difflib
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.emulator_conformance import linux
from tests.support.emulator_conformance.result import Result, compared, not_applicable

WARNINGS = ("-w", "-std=gnu99", "-O", "-g", "-mregnames", "-static", "-fno-pie", "-no-pie", "-fcommon")
CONFIGURED = ("-DVGO_linux", "-DHAVE_AS_PPC_MFTOCRF", "-DHAS_ISA_2_05", "-DHAS_ISA_2_06")  # by configure
SHOWN = 6  # lines of a difference


@dataclass(frozen=True)
class Platform:
    """One way to build and run: what of the processor is used follows from it."""

    name: str
    folder: str
    compiler: str
    defined: str
    cpu: str = "power8"


PLATFORMS = (
    Platform("ppc32 on 7447a", "ppc32", "powerpc-linux-gnu-gcc", "VGP_ppc32_linux", "7447a"),
    Platform("ppc32", "ppc32", "powerpc-linux-gnu-gcc", "VGP_ppc32_linux"),
    Platform("ppc64", "ppc64", "powerpc64-linux-gnu-gcc", "VGP_ppc64be_linux"),
    Platform("ppc64le", "ppc64", "powerpc64le-linux-gnu-gcc", "VGP_ppc64le_linux"),
)

_DFP = ("-DHAS_DFP", "-mhard-dfp", "-mcpu=power7")
_VSX = ("-DHAS_VSX", "-DHAS_ALTIVEC", "-mvsx")
_207 = ("-DHAS_ISA_2_07", "-mcpu=power8")
FLAGS = (
    ("jm-insns", ("-DHAS_ALTIVEC", "-maltivec")),
    ("testVMX", ("-DALTIVEC", "-DGCC_COMPILER", "-maltivec", "-mabi=altivec")),
    ("test_isa_2_06", _VSX),
    ("test_isa_2_07", _207),
    ("test_dfp", _DFP),
    ("subnormal_test", (*_VSX, "-mcpu=power7")),
    ("test_lxvx_stxvx", _207),
)

# Programs about what the emulator's processors do not have.
OTHER_HARDWARE = (
    ("test_isa_3_", "Power ISA 3.0 and 3.1"),
    ("test_mod_instructions", "Power ISA 3.0"),
    ("test_darn_inst", "Power ISA 3.0"),
    ("test_copy_paste", "Power ISA 3.1"),
    ("scv_test", "Power ISA 3.0"),
    ("test_mcrxrx", "Power ISA 3.0"),
    ("test_dfp", "decimal floating point: named by the decoder, not carried out"),
    ("test_tm", "a transaction of the emulator always fails, as the architecture allows"),
    ("test_touch_tm", "a transaction of the emulator always fails, as the architecture allows"),
    ("tw", "counts signals, which this layer does not deliver"),
    ("allexec", "tests exec, not the processor"),
)


def run(path: Path, only: str) -> Iterator[Result]:
    """Run every .vgtest of none/tests/ppc32 and ppc64 of a checkout."""
    with tempfile.TemporaryDirectory() as scratch:
        for platform in PLATFORMS:
            for test in sorted((path / "none/tests" / platform.folder).glob("*.vgtest")):
                if only in f"{platform.name} {test.stem}":
                    yield _test(platform, test, Path(scratch))


def _test(platform: Platform, test: Path, scratch: Path) -> Result:
    settings = dict(re.findall(r"^(\w+):\s*(.*)$", test.read_text(), re.MULTILINE))
    program, *arguments = settings["prog"].split()
    for prefix, reason in OTHER_HARDWARE:
        if program.startswith(prefix):
            return not_applicable(platform.name, test.stem, reason)
    expected = [file.read_bytes() for file in _expectations(platform, test)]
    binary = scratch / f"{platform.compiler}-{program}"
    error = "" if binary.exists() else _build(platform, test.parent / f"{program}.c", binary)
    if error:
        return not_applicable(platform.name, test.stem, f"does not compile: {error}")
    process, stopped = linux.execute(binary, platform.cpu, arguments)
    if stopped.startswith("interrupt 0x700") and platform.cpu == "7447a":
        return not_applicable(platform.name, test.stem, f"an instruction that the 7447A has not: {stopped}")
    if stopped:
        unknown = f" (refused system calls {sorted(process.unknown)})" if process.unknown else ""
        return compared(platform.name, test.stem, stopped + unknown)
    return compared(platform.name, test.stem, _nearest(bytes(process.printed), expected or [b""]))


def _expectations(platform: Platform, test: Path) -> list[Path]:
    """Return the outputs expected in this byte order, but those of processors of Power ISA 3.0."""
    files = [
        file for file in sorted(test.parent.glob(f"{test.stem}.stdout.exp*")) if "ISA3_0" not in file.name
    ]
    big = [file for file in files if "-LE" not in file.name]
    return files if platform.name == "ppc64le" else big


def _build(platform: Platform, source: Path, binary: Path) -> str:
    extra = next((flags for prefix, flags in FLAGS if source.stem.startswith(prefix)), ())
    root = source.parents[3]
    (binary.parent / "config.h").touch()  # what configure finds out comes in by the flags
    include = [f"-I{binary.parent}", f"-I{root}", f"-I{root / 'include'}", f"-I{root / 'VEX/pub'}"]
    command = [
        platform.compiler,
        *WARNINGS,
        *CONFIGURED,
        f"-D{platform.defined}",
        *extra,
        *include,
        "-o",
        str(binary),
        str(source),
        "-lm",
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    errors = [line for line in answer.stderr.splitlines() if "rror" in line]
    return (errors or [answer.stderr])[0][:200] if answer.returncode else ""


def _nearest(printed: bytes, expected: list[bytes]) -> str:
    """Return how the output differs from the expectation that it differs least from; "" where one is met."""
    if printed in expected:
        return ""
    differences = [_lines(printed, wanted) for wanted in expected]
    least = min(differences, key=len)
    return f"{len(least)} lines differ:\n  " + "\n  ".join(least[:SHOWN])


def _lines(printed: bytes, wanted: bytes) -> list[str]:
    pairs = difflib.unified_diff(
        wanted.decode(errors="replace").splitlines(),
        printed.decode(errors="replace").splitlines(),
        n=0,
        lineterm="",
    )
    return [line for line in pairs if not line.startswith(("---", "+++", "@@"))]
