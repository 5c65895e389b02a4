# SPDX-License-Identifier: GPL-2.0-or-later
"""Compilers that hang, crash, print without end or are not there: never a verdict."""

import dataclasses
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bisectd.domain.errors import MachineError, UserError
from bisectd.kernel import landlock, sandbox, toolchain
from bisectd.kernel.limits import Limits
from bisectd.kernel.manifest import MemoryObjectCache
from bisectd.kernel.sandbox import Sandbox
from bisectd.kernel.toolchain import Toolchain
from tests.support.kernel_build import builder, built
from tests.support.mini_kernel import FILES, SOURCES
from tests.support.source_trees import DictTree

MINI = DictTree(FILES)
Fake = Callable[[str], Toolchain]


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    """Makes a toolchain of a shell script."""

    def make(script: str) -> Toolchain:
        program = tmp_path / "compiler"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        shell = Path(shutil.which("sh") or "/bin/sh").resolve()
        return dataclasses.replace(
            toolchain.find("zig"),
            command=(str(program),),
            folders=(program, shell, Path("/bin"), Path("/usr/bin"), Path("/dev/null")),
        )

    return make


def machine_error(scratch: Path, compiler: Toolchain, limits: Limits) -> str:
    cache = MemoryObjectCache()
    with builder(scratch, compiler, cache, limits) as made:
        with pytest.raises(MachineError) as caught:
            made.build(MINI, SOURCES)
        assert made.lookup(MINI, SOURCES) is None
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("sleep 100", "took longer than 1 s"),
        ("exec 2>&-; sleep 100", "took longer than 1 s"),
        ("sleep 100 & exit 0", "took longer than 1 s"),
        ("while :; do echo noise >&2; done", "printed more than 10000 bytes"),
        ("kill -SEGV $$", "crashed"),
        ("exit 4", "exit code 4"),
        ("echo 'fatal error: No space left on device' >&2; exit 1", "No space left on device"),
        ("echo 'cc1: out of memory allocating 65536 bytes' >&2; exit 1", "out of memory"),
        ("echo 'cc1: internal compiler error: in gen' >&2; exit 1", "internal compiler error"),
    ],
)
def test_a_compiler_that_misbehaves_is_a_failure_of_the_machine(
    tmp_path: Path, fake: Fake, script: str, said: str
) -> None:
    assert said in machine_error(tmp_path / "scratch", fake(script), Limits(wall=1, log=10_000))


def test_processor_time_is_limited(tmp_path: Path, fake: Fake) -> None:
    said = machine_error(tmp_path / "scratch", fake("while :; do :; done"), Limits(cpu=1))
    assert "more than 1 s of processor time" in said


def test_output_is_limited(tmp_path: Path, fake: Fake) -> None:
    script = "exec dd if=/dev/zero of=../out/big bs=1000000 count=3"
    said = machine_error(tmp_path / "scratch", _reading(fake(script), "/dev/zero"), Limits(output=1_000_000))
    assert "wrote more than" in said


def _reading(compiler: Toolchain, path: str) -> Toolchain:
    return dataclasses.replace(compiler, folders=(*compiler.folders, Path(path)))


def test_nothing_is_left_running(tmp_path: Path, fake: Fake) -> None:
    mark = tmp_path / "scratch" / "out" / "alive"
    script = "(sleep 1; echo still here > ../out/alive) 2>&- & kill -SEGV $$"
    machine_error(tmp_path / "scratch", fake(script), Limits())
    time.sleep(1.5)
    assert not mark.exists()


def test_the_compiler_dies_with_who_started_it(tmp_path: Path) -> None:
    """It holds the writing end of a pipe: that end is closed when it is dead, and not before."""
    os.mkfifo(tmp_path / "fifo")
    run = f"""if True:
        from pathlib import Path
        from bisectd.kernel.limits import Limits
        from bisectd.kernel.sandbox import Sandbox
        folder = Path({str(tmp_path)!r})
        command = ("/bin/sh", "-c", "exec sleep 100 > fifo")
        Sandbox((Path("/bin"), Path("/usr/bin")), (folder,)).run(command, folder, folder, Limits(), "a test")
    """
    starter = subprocess.Popen([sys.executable, "-c", run])
    with (tmp_path / "fifo").open("rb", buffering=0) as pipe:
        starter.kill()
        starter.wait()
        ended, _, _ = select.select([pipe], [], [], 30)
        assert ended, "still running"
        assert pipe.read() == b""


def test_a_compiler_that_is_gone(tmp_path: Path, fake: Fake) -> None:
    gone = dataclasses.replace(fake(""), command=(str(tmp_path / "nowhere"),))
    assert "cannot start" in machine_error(tmp_path / "scratch", gone, Limits())


def test_a_compiler_that_says_fine_and_writes_nothing(tmp_path: Path, fake: Fake) -> None:
    assert "unit.d" in machine_error(tmp_path / "scratch", fake("exit 0"), Limits())


def test_a_scratch_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match="scratch folder"), builder(tmp_path / "file" / "below"):
        pass


def test_the_environment_is_scrubbed(tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hidden")
    with builder(tmp_path / "scratch", fake("env >&2; exit 1")) as made:
        failure = made.build(MINI, SOURCES)
    assert "SOURCE_DATE_EPOCH=0" in failure.log  # type: ignore[union-attr]
    assert "SECRET" not in failure.log  # type: ignore[union-attr]


@pytest.mark.skipif(not landlock.abi(), reason="this kernel has no Landlock")
def test_landlock_keeps_the_machines_files_closed(tmp_path: Path) -> None:
    inside, outside, out = tmp_path / "in", tmp_path / "outside", tmp_path / "out"
    for folder in (inside, outside, out):
        folder.mkdir()
        (folder / "file").write_text("text")
    confined = Sandbox((inside, Path("/bin"), Path("/usr/bin")), (out,))

    def can(command: str) -> bool:
        return confined.run(("/bin/sh", "-c", f"({command}) || exit 1"), inside, out, Limits(), "a test").ok

    assert confined.confined
    assert can(f"cat {inside}/file {out}/file")
    assert can(f"echo x > {out}/new && rm {out}/new")
    assert not can(f"cat {outside}/file")
    assert not can(f"ls {outside}")
    assert not can("cat /etc/passwd")
    assert not can(f"echo x > {inside}/file")
    assert not can(f"echo x > {outside}/new")
    assert not can(f"ln {outside}/file {out}/link")
    confined.close()


def test_describe_says_what_protects() -> None:
    assert "Landlock" in sandbox.describe()


def test_unknown_toolchain_names_the_nearest() -> None:
    with pytest.raises(UserError, match=r"unknown toolchain gc: did you mean gcc\?"):
        toolchain.find("gc")
    with pytest.raises(UserError, match="choose one of gcc, zig"):
        toolchain.find("msvc")


def test_missing_toolchains_say_how_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MachineError, match="gcc-powerpc-linux-gnu"):
        toolchain.find("gcc")
    monkeypatch.setitem(sys.modules, "ziglang", None)
    with pytest.raises(MachineError, match="pip install ziglang"):
        toolchain.find("zig")


def test_the_version_is_part_of_every_key(tmp_path: Path) -> None:
    zig = toolchain.find("zig")
    assert zig.version.startswith("zig ")
    with (
        builder(tmp_path / "a") as one,
        builder(tmp_path / "b", dataclasses.replace(zig, version="other")) as two,
    ):
        assert built(one, MINI).key != built(two, MINI).key
