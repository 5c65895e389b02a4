# SPDX-License-Identifier: GPL-2.0-or-later
"""Code that tries to reach the machine's files, or to eat the machine. With Landlock and without it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bisectd.domain.errors import MachineError
from bisectd.kernel import landlock
from bisectd.kernel.builder import Builder
from bisectd.kernel.limits import MEGABYTE, Limits
from bisectd.kernel.manifest import MemoryObjectCache
from bisectd.kernel.toolchain import Toolchain
from tests.support.kernel_build import builder, built, failed, installed
from tests.support.mini_kernel import ARCH, FILES, FPU, PROCESS, SCHED, SOURCES
from tests.support.source_trees import DictTree

MINI = DictTree(FILES)
CONTENT = "int the_secret_of_this_machine = 7;\n"


@pytest.fixture(params=["zig", "gcc"])
def compiler(request: pytest.FixtureRequest) -> Toolchain:
    return installed(request.param)


@pytest.fixture(params=["landlock", "text only"])
def hostile(
    request: pytest.FixtureRequest, tmp_path: Path, compiler: Toolchain, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Builder]:
    """A builder, with a file beside its scratch folder that no compile may read."""
    if request.param == "text only":
        monkeypatch.setattr(landlock, "abi", lambda: 0)
    elif not landlock.abi():
        pytest.skip("this kernel has no Landlock")
    (tmp_path / "secret.h").write_text(CONTENT)
    with builder(tmp_path / "scratch", compiler) as made:
        yield made


def c(text: str) -> DictTree:
    return MINI.edited({PROCESS: FILES[PROCESS] + text})


def asm(text: str) -> DictTree:
    return MINI.edited({FPU: FILES[FPU] + text})


def refused(made: Builder, tree: DictTree) -> str:
    failure = failed(made, tree)
    assert failure.reason.startswith("refused: "), failure
    assert "the_secret" not in failure.log
    assert made.lookup(tree, SOURCES) == failure
    return failure.reason


def test_absolute_include(hostile: Builder, tmp_path: Path) -> None:
    reason = refused(hostile, c(f'#include "{tmp_path}/secret.h"\n'))
    assert reason == f"refused: {PROCESS} includes the absolute path {tmp_path}/secret.h"


def test_climbing_include(hostile: Builder) -> None:
    name = "../../../../../secret.h"
    assert refused(hostile, c(f'#include "{name}"\n')).endswith(
        f"includes {name}, which climbs out of the tree"
    )
    assert "climbs" in refused(hostile, asm(f"#include <{name}>\n"))


def test_climbing_include_in_a_header(hostile: Builder) -> None:
    tree = MINI.edited({SCHED: f'#include "../../../../secret.h"\n{FILES[SCHED]}'})
    assert refused(hostile, tree).startswith(f"refused: {SCHED} includes ")


@pytest.mark.parametrize(
    "spelled", ["%:include", "#/* a */include", "#inc\\\nlude", "# include/* b */", "#import"]
)
def test_disguised_include(hostile: Builder, tmp_path: Path, spelled: str) -> None:
    refused(hostile, c(f'{spelled} "{tmp_path}/secret.h"\n'))


def test_include_behind_an_endless_comment(hostile: Builder, tmp_path: Path) -> None:
    refused(hostile, c(f'#/* {"x" * 5000} */ include "{tmp_path}/secret.h"\n'))


def test_computed_include(hostile: Builder, tmp_path: Path) -> None:
    text = f"#define QUOTE(x) #x\n#define NAME(x) QUOTE(x)\n#include NAME({tmp_path}/secret.h)\n"
    assert "secret.h" in refused(hostile, c(text))


def test_computed_include_of_broken_text(hostile: Builder, tmp_path: Path) -> None:
    (tmp_path / "secret.h").write_text("the_secret is not C\n")
    refused(hostile, c(f'#define NAME "{tmp_path}/secret.h"\n#include NAME\n'))


def test_embed(hostile: Builder, tmp_path: Path) -> None:
    assert "#embed" in refused(hostile, c(f'char all[] = {{\n#embed "{tmp_path}/secret.h"\n}};\n'))


def test_has_include_of_a_computed_name(hostile: Builder, tmp_path: Path) -> None:
    text = f'#define NAME "{tmp_path}/secret.h"\n#if __has_include(NAME)\nint x;\n#endif\n'
    assert "__has_include" in refused(hostile, c(text))


def test_time_stamp_of_a_file(hostile: Builder, tmp_path: Path) -> None:
    refused(hostile, c(f'_Pragma("GCC dependency \\"{tmp_path}/secret.h\\"")\n'))


@pytest.mark.parametrize("directive", [".incbin", ".include", ".INCBIN"])
def test_assembler_directives_that_open_files(hostile: Builder, tmp_path: Path, directive: str) -> None:
    assert "reads files of this machine" in refused(hostile, asm(f'\t{directive} "{tmp_path}/secret.h"\n'))
    inline = f'asm(".text; {directive} \\"{tmp_path}/secret.h\\"");\n'
    assert "reads files of this machine" in refused(hostile, c(inline))


def test_incbin_put_together_by_the_preprocessor(hostile: Builder, tmp_path: Path) -> None:
    refused(hostile, c(f'asm(".inc" "bin \\"{tmp_path}/secret.h\\"");\n'))
    refused(hostile, asm(f'#define PASTE(a, b) a##b\n\tPASTE(.inc,bin) "{tmp_path}/secret.h"\n'))


@pytest.mark.parametrize(
    "body",
    [
        '.macro read a b\n\\a\\b "{}"\n.endm\nread .inc, bin\n',
        '.macro read a\n.inc\\a "{}"\n.endm\nread bin\n',
        '.macro read a\n\\a\\()bin "{}"\n.endm\nread .inc\n',
        '.irp word, bin\n.inc\\word "{}"\n.endr\n',
        '.macro read a\nnop; .\\a "{}"\n.endm\nread incbin\n',
    ],
)
def test_incbin_put_together_by_the_assembler(hostile: Builder, tmp_path: Path, body: str) -> None:
    for tree in (
        asm(body.format(tmp_path / "secret.h")),
        c(f"asm({_quoted(body.format(tmp_path / 'secret.h'))});"),
    ):
        failure = failed(hostile, tree)
        assert "the_secret" not in failure.log


@pytest.mark.skipif(not landlock.abi(), reason="this kernel has no Landlock")
def test_a_refusal_for_want_of_landlock_is_not_recalled_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two machines share a store; the first has to refuse what the second can compile."""
    tree, cache = c('asm(".macro op a\\n\\\\a\\\\()i 3, 0\\n.endm\\nop l");\n'), MemoryObjectCache()
    with monkeypatch.context() as without:
        without.setattr(landlock, "abi", lambda: 0)
        with builder(tmp_path / "without", cache=cache) as made:
            failure = failed(made, tree)
    assert "no Landlock" in failure.reason
    with builder(tmp_path / "with", cache=cache) as made:
        assert made.lookup(tree, SOURCES) is None
        assert built(made, tree).key != failure.key


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@pytest.mark.parametrize(
    "harmless",
    [
        '/* .incbin "x" */\nconst char *help = ".include this, .incbin that";\n',
        'asm(".macro op name, r\\n\\\\name \\\\r, 0\\n.endm\\nop li, 3\\n.purgem op");\n',
        'asm(".macro label name\\n.Lx\\\\name\\\\():\\nnop\\n.endm\\nlabel one");\n',
    ],
)
def test_text_that_only_looks_hostile(tmp_path: Path, compiler: Toolchain, harmless: str) -> None:
    with builder(tmp_path, compiler) as made:
        built(made, c(harmless))


def test_an_include_loop_ends_as_a_compile_error(hostile: Builder) -> None:
    tree = c("#include <linux/loop.h>\n").edited({"include/linux/loop.h": "#include <linux/loop.h>\n"})
    assert "nest" in failed(hostile, tree).reason


def test_endless_macro_chain(hostile: Builder) -> None:
    """Each header is named by a macro of the one before."""
    links = {f"{ARCH}/kernel/h{n}.h": f"#define H{n} <h{n + 1}.h>\n#include H{n}\n" for n in range(60)}
    tree = MINI.edited(
        {
            PROCESS: '#include "h0.h"\n',
            **{path.replace("kernel", "include"): text for path, text in links.items()},
        }
    )
    failed(hostile, tree)


BOMB = "".join(f"#define M{n} M{n - 1} M{n - 1} M{n - 1} M{n - 1}\n" for n in range(1, 30)) + "M29\n"


@pytest.mark.parametrize("limits", [Limits(cpu=1), Limits(memory=400 * MEGABYTE)])
def test_a_macro_bomb_runs_into_a_limit(tmp_path: Path, compiler: Toolchain, limits: Limits) -> None:
    tree = MINI.edited({PROCESS: "#define M0 1,\n" + BOMB})
    with builder(tmp_path, compiler, limits=limits) as made, pytest.raises(MachineError) as caught:
        made.build(tree, SOURCES)
    assert PROCESS in str(caught.value)
    with builder(tmp_path, compiler) as made:
        built(made, MINI)


def test_an_object_without_end_runs_into_a_limit(tmp_path: Path, compiler: Toolchain) -> None:
    limits = Limits(output=MEGABYTE)
    with builder(tmp_path, compiler, limits=limits) as made, pytest.raises(MachineError):
        made.build(asm("\t.rept 1000000\n\t.long 1, 2, 3, 4\n\t.endr\n"), SOURCES)


def test_include_fan_out_runs_into_a_limit(tmp_path: Path, compiler: Toolchain) -> None:
    """Two includes a level, 40 levels: the closure is small, the compile is not."""
    links = {f"{ARCH}/kernel/h{n}.h": f'#include "h{n + 1}.h"\n#include "h{n + 1}.h"\n' for n in range(40)}
    tree = MINI.edited({PROCESS: '#include "h0.h"\n', f"{ARCH}/kernel/h40.h": "", **links})
    with (
        builder(tmp_path, compiler, limits=Limits(cpu=1)) as made,
        pytest.raises(MachineError, match=r"processor time|signal"),
    ):
        made.build(tree, SOURCES)
