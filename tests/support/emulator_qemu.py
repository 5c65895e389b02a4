# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs instructions on qemu's processors: 64 bits, AltiVec and VSX, which unicorn does not show.

Guest RAM is a file that both sides map. A program in the guest (emulator_qemu.S) takes one record after
another: it loads all registers, returns into the record's words, and stores all registers when an interrupt
comes; the slot lies between system calls, so that a word that does nothing special ends with vector 0xC00.
gdb's remote protocol, spoken over a pipe, only starts and stops it: a batch costs a few round trips.
"""

import mmap
import os
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import ziglang
from elftools.elf.elffile import ELFFile

SLOT, SLOT_LITTLE = 0x20800, 0x30800  # where a record's words run, by byte order; system calls around them
SLED = 0x800  # bytes of system calls on either side
RECORDS, SIZE = 0x10_0000, 0x800
MOST = 4096  # records in one batch
WORDS = 16  # in one record
WINDOW, WINDOW_SIZE = 0x600, 0x200  # memory of a record for its words to work on
SC = 0x4400_0002

_CONTROL = 0x7000
_START, _DONE = 0x10000, 0x10F00
_RAM = 32 << 20
_STATE = struct.Struct(">32Q128Q16Q2Q2Q")
_PC, _MSR = 64, 65  # gdb's register numbers
_SECONDS = 60.0


@dataclass(frozen=True)
class Model:
    """How qemu is started for one of our processor models."""

    program: str
    machine: str
    cpu: str
    ram: int
    bits: int
    vectors: int  # 0: none, 1: AltiVec, 2: VSX too
    hypervisor: bool = False
    source: str = "emulator_qemu.S"  # the program in the guest
    assembler: str = "pwr8"
    firmware: bool = False  # the machine does not start without one


MODELS = {
    "750": Model("qemu-system-ppc", "g3beige", "750", _RAM, 32, 0),
    "7447a": Model("qemu-system-ppc", "mac99", "7447a", _RAM, 32, 1),
    "970": Model("qemu-system-ppc64", "mac99", "970fx", _RAM, 64, 1),
    "power8": Model("qemu-system-ppc64", "powernv8", "power8_v2.0", 1 << 30, 64, 2, hypervisor=True),
    "e500v2": Model(
        "qemu-system-ppc",
        "ppce500",
        "e500v2",
        64 << 20,
        32,
        0,
        source="emulator_qemu_e500.S",
        assembler="e500",
        firmware=True,
    ),
}


@dataclass(frozen=True)
class Sample:
    """The state before or after up to 16 words that run from `pc` (SLOT, in little-endian mode SLOT_LITTLE).

    `vsr`: 64 of 128 bits; 0 to 31 hold the FPRs in their high halves, 32 to 63 are the VRs. `memory` lies at
    `window(index)`. The guest runs in real mode: `msr` has no PR on 64-bit processors, and HV on the POWER8.
    `vector` and what follows are the interrupt's: 0xC00 where the words ran to their end.
    """

    words: tuple[int, ...]
    gpr: tuple[int, ...] = (0,) * 32
    vsr: tuple[int, ...] = (0,) * 64
    cr: int = 0
    xer: int = 0
    lr: int = 0
    ctr: int = 0
    fpscr: int = 0
    msr: int = 0
    pc: int = SLOT
    vscr: int = 0
    vrsave: int = 0
    memory: bytes = bytes(WINDOW_SIZE)
    vector: int = 0
    srr0: int = 0
    srr1: int = 0
    dar: int = 0
    dsisr: int = 0
    hsrr0: int = 0
    hsrr1: int = 0
    handler_msr: int = 0


def window(index: int) -> int:
    """Return the address of the memory of the sample at this place of its batch."""
    return RECORDS + index * SIZE + WINDOW


def _pack(sample: Sample) -> bytes:
    vsr = [half for value in sample.vsr for half in (value >> 64, value & 0xFFFF_FFFF_FFFF_FFFF)]
    state = _STATE.pack(
        *sample.gpr, *vsr,
        sample.cr, sample.xer, sample.lr, sample.ctr, sample.fpscr, sample.msr, sample.pc, *(0,) * 7,
        0, sample.vscr, 0, sample.vrsave, 0, 0,
    )  # fmt: skip
    words = struct.pack(f">{WORDS}I", *(*sample.words, *(SC,) * (WORDS - len(sample.words))))
    return state + bytes(0x5C0 - len(state)) + words + sample.memory


def _unpack(sample: Sample, record: bytes) -> Sample:
    values = _STATE.unpack_from(record)
    rest = values[160:]
    return replace(
        sample,
        gpr=values[:32],
        vsr=tuple(values[i] << 64 | values[i + 1] for i in range(32, 160, 2)),
        cr=rest[0], xer=rest[1], lr=rest[2], ctr=rest[3], fpscr=rest[4] & 0xFFFF_FFFF,
        vector=rest[7], srr0=rest[8], srr1=rest[9], dar=rest[10], dsisr=rest[11],
        hsrr0=rest[12], hsrr1=rest[13], vscr=rest[15], handler_msr=rest[16], vrsave=rest[17],
        memory=record[WINDOW:],
    )  # fmt: skip


def missing(cpu: str) -> str:
    """Say why the model cannot be run here; "" where it can."""
    program = MODELS[cpu].program
    return "" if shutil.which(program) else f"{program} is not installed"


class Qemu:
    """One processor of qemu, for use with `with`. OSError where qemu is missing, fails or hangs."""

    def __init__(self, cpu: str) -> None:
        self.model = MODELS[cpu]
        self._folder = tempfile.TemporaryDirectory(prefix="bisectd-qemu-")
        folder = Path(self._folder.name)
        image = _assemble(self.model, folder)
        ram = folder / "ram"
        self._process = subprocess.Popen(
            [*_command(self.model, ram), *_firmware(self.model, image, folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._ask("qXfer:features:read:target.xml:0,fff")  # before it, qemu knows no P packet
            self._ask(f"Z0,{_DONE:x},4")
            with ram.open("r+b") as file:
                self._ram = mmap.mmap(file.fileno(), _RAM)
            self._ram[: len(image)] = image
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End qemu and remove its memory."""
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()

    def run(self, samples: Sequence[Sample]) -> list[Sample]:
        """Run each sample, in one batch of at most MOST."""
        after = self.batch([_pack(sample) for sample in samples])
        return [_unpack(sample, record) for sample, record in zip(samples, after, strict=True)]

    def batch(self, records: Sequence[bytes]) -> list[bytes]:
        """Run each record of SIZE bytes, and return what became of it."""
        end = RECORDS + len(records) * SIZE
        self._ram[RECORDS:end] = b"".join(records)
        self._ram[_CONTROL : _CONTROL + 4] = end.to_bytes(4)
        self._set(_MSR, (1 << 63 | 1 << 60) if self.model.bits == 64 else 0)
        self._set(_PC, _START)
        stopped = self._ask("c")
        if not stopped.startswith("T05"):
            raise OSError(f"qemu stopped with {stopped!r}")
        memory = self._ram[RECORDS:end]
        return [memory[i : i + SIZE] for i in range(0, len(memory), SIZE)]

    def _set(self, register: int, value: int) -> None:
        answer = self._ask(f"P{register:x}={value:0{self.model.bits // 4}x}")
        if answer != "OK":
            raise OSError(f"qemu does not set register {register}: {answer!r}")

    def _ask(self, packet: str) -> str:
        """Send a packet of gdb's remote protocol, and return the answer."""
        pipe = self._process.stdin
        assert pipe is not None
        pipe.write(f"+${packet}#{sum(packet.encode()) & 255:02x}".encode())
        pipe.flush()
        return self._answer(packet)

    def _answer(self, packet: str) -> str:
        pipe = self._process.stdout
        assert pipe is not None
        received = b""
        while True:
            found = re.search(rb"\$([^#]*)#..", received)
            if found is not None:
                return found[1].decode()
            ready, _, _ = select.select([pipe], [], [], _SECONDS)
            data = os.read(pipe.fileno(), 4096) if ready else b""
            if not data:
                raise OSError(f"qemu does not answer {packet!r} (it ran record {self._progress()})")
            received += data

    def _progress(self) -> int:
        at = int.from_bytes(self._ram[_CONTROL + 4 : _CONTROL + 8]) if hasattr(self, "_ram") else RECORDS
        return (at - RECORDS) // SIZE


def _command(model: Model, ram: Path) -> list[str]:
    memory = f"memory-backend-file,id=ram,size={model.ram},mem-path={ram},share=on"
    machine = f"{model.machine},memory-backend=ram"
    return [
        model.program, "-M", machine, "-cpu", model.cpu, "-m", f"{model.ram >> 20}M", "-object", memory,
        "-S", "-gdb", "stdio", "-display", "none", "-nodefaults", "-serial", "none", "-monitor", "none",
    ]  # fmt: skip


def _firmware(model: Model, image: bytes, folder: Path) -> list[str]:
    """Return the options that give the machine its firmware: the guest's program as an executable."""
    if not model.firmware:
        return []
    header = struct.pack(
        ">4sBBB9xHHIIIIIHHHHHH", b"\x7fELF", 1, 2, 1, 2, 20, 1, _START, 52, 0, 0, 52, 32, 1, 0, 0, 0
    )
    segment = struct.pack(">8I", 1, 84, 0, 0, len(image), len(image), 7, 4)
    path = folder / "firmware.elf"
    path.write_bytes(header + segment + image)
    return ["-bios", str(path)]


def _assemble(model: Model, folder: Path) -> bytes:
    """Return the guest's program, linked at 0."""
    target = "powerpc64-freestanding" if model.bits == 64 else "powerpc-freestanding"
    defines = {"BITS": model.bits, "VECTORS": model.vectors, "HYPERVISOR": int(model.hypervisor)}
    source = Path(__file__).with_name(model.source)
    output = folder / "harness.o"
    zig = Path(ziglang.__file__).parent / "zig"
    subprocess.run(
        [
            str(zig), "clang", "-target", target, f"-mcpu={model.assembler}",
            *(f"-D{k}={v}" for k, v in defines.items()),
            "-c", str(source), "-o", str(output),
        ],
        check=True,
        env=os.environ | dict.fromkeys(("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"), str(folder)),
        stdout=sys.stderr,
    )  # fmt: skip
    with output.open("rb") as file:
        return next(s.data() for s in ELFFile(file).iter_sections() if s.name == ".text")
