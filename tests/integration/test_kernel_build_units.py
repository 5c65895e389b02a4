# SPDX-License-Identifier: GPL-2.0-or-later
"""Units of a miniature kernel, built by the real compilers."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section, Symbol, SymbolTableSection

from bisectd.domain.errors import MissingObject
from bisectd.kernel.builder import Builder, Unit, UnitFailure
from bisectd.kernel.manifest import MemoryObjectCache
from bisectd.kernel.object import read_object
from bisectd.kernel.toolchain import Toolchain
from tests.support.kernel_build import builder, built, failed, installed
from tests.support.mini_kernel import ARCH, FILES, FPU, OFFSETS, PROCESS, REG, SCHED, SOURCES
from tests.support.source_trees import DictTree

MINI = DictTree(FILES)


@pytest.fixture(params=["zig", "gcc"])
def compiler(request: pytest.FixtureRequest) -> Toolchain:
    return installed(request.param)


@pytest.fixture
def zig(tmp_path: Path) -> Iterator[Builder]:
    with builder(tmp_path) as made:
        yield made


def keys(unit: Unit) -> dict[str, str]:
    return {made.source: made.key for made in unit.objects}


def elf(unit: Unit, source: str) -> ELFFile:
    return ELFFile(BytesIO(next(made.data for made in unit.objects if made.source == source)))


def section(unit: Unit, source: str, name: str) -> Section:
    found = elf(unit, source).get_section_by_name(name)
    assert found is not None
    return found


def symbols(unit: Unit, source: str, name: str) -> list[Symbol]:
    table = elf(unit, source).get_section_by_name(".symtab")
    assert isinstance(table, SymbolTableSection)
    return list(table.get_symbol_by_name(name) or ())


def test_objects_are_32_bit_big_endian_powerpc(tmp_path: Path, compiler: Toolchain) -> None:
    with builder(tmp_path, compiler) as made:
        unit = built(made, MINI)
    assert [one.source for one in unit.objects] == [PROCESS, FPU]
    for one in unit.objects:
        file = elf(unit, one.source)
        assert (file.get_machine_arch(), file.elfclass, file.little_endian) == ("PowerPC", 32, False)
        assert file.header["e_type"] == "ET_REL"


def test_every_c_function_has_a_section_of_its_own(tmp_path: Path, compiler: Toolchain) -> None:
    with builder(tmp_path, compiler) as made:
        unit = built(made, MINI)
    (symbol,) = symbols(unit, PROCESS, "giveup_fpu")
    assert elf(unit, PROCESS).get_section(symbol["st_shndx"]).name == ".text.giveup_fpu"


@pytest.mark.parametrize(("source", "lines"), [(PROCESS, {5, 6, 7}), (FPU, {4, 5, 6})])
def test_instructions_map_to_lines_of_the_commits_files(
    tmp_path: Path, compiler: Toolchain, source: str, lines: set[int]
) -> None:
    with builder(tmp_path, compiler) as made:
        (data,) = (one.data for one in built(made, MINI).objects if one.source == source)
    image = read_object(data, ("task_struct",))
    rows = image.lines.rows()
    assert {image.lines.files[row.file] for row in rows} == {source}
    assert {row.line for row in rows} <= lines
    assert len(rows) >= 2
    assert ("task_struct" in image.structures) == (source == PROCESS)


def test_debug_information_knows_no_folder_of_the_machine(tmp_path: Path, compiler: Toolchain) -> None:
    with builder(tmp_path, compiler) as made:
        for one in built(made, MINI).objects:
            debug = [part for part in ELFFile(BytesIO(one.data)).iter_sections() if ".debug_" in part.name]
            assert {".debug_info", ".debug_line"} <= {part.name for part in debug}
            assert not [path for part in debug for path in re.findall(rb"\0/\w+/[^\0]+", part.data())]


def test_two_scratch_folders_give_the_same_bytes(tmp_path: Path, compiler: Toolchain) -> None:
    folders = [tmp_path / "a", tmp_path / "a much longer name"]
    units = []
    for folder in folders:
        with builder(folder, compiler) as made:
            units.append(built(made, MINI))
    assert units[0] == units[1]
    for one in units[0].objects:
        assert str(tmp_path).encode() not in one.data


def test_times_of_the_build_are_not_compiled_in(tmp_path: Path, compiler: Toolchain) -> None:
    with builder(tmp_path, compiler) as made:
        unit = built(
            made, MINI.edited({PROCESS: FILES[PROCESS] + "char stamp[] = __DATE__ __TIME__ __TIMESTAMP__;\n"})
        )
    (symbol,) = symbols(unit, PROCESS, "stamp")
    assert symbol["st_size"] == 1


def test_features_come_from_the_commits_headers(tmp_path: Path, compiler: Toolchain) -> None:
    with builder(tmp_path, compiler) as made:
        unit = built(made, MINI)
        moved = built(made, MINI.edited({f"{ARCH}/include/asm/mmu.h": "#define MMU_FTR_HPTE_TABLE 0x2\n"}))
    assert unit.features == {
        "cpu": 0x80000008,
        "mmu": 0x10001,
        "CPU_FTR_ALTIVEC": 8,
        "CPU_FTR_HIGH": 0x80000000,
        "MMU_FTR_HPTE_TABLE": 1,
        "MMU_FTR_USE_HIGH_BATS": 0x10000,
    }
    assert moved.features["MMU_FTR_HPTE_TABLE"] == 2
    assert "mmu" not in moved.features  # its expression names a bit that is gone


def test_what_is_composed_of_bits_is_no_feature(tmp_path: Path, compiler: Toolchain) -> None:
    """CPU_FTR_COMMON names a bit of 32-bit processors only."""
    header = f"{ARCH}/include/asm/cputable.h"
    composed = "#ifdef X\n#define CPU_FTR_COMMON 0\n#else\n#define CPU_FTR_COMMON CPU_FTR_GONE\n#endif\n"
    bits = "#define ASM_CONST(x) x##UL\n#define CPU_FTR_NEW ASM_CONST(0x20)\n#define CPU_FTR_NO\t(0)\n"
    with builder(tmp_path, compiler) as made:
        features = built(made, MINI.edited({header: FILES[header] + composed + bits})).features
    assert (features["CPU_FTR_NEW"], features["CPU_FTR_NO"]) == (0x20, 0)
    assert not features.keys() & {"CPU_FTR_COMMON", "CPU_FTR_GONE"}


def test_a_trace_header_finds_itself_beside_its_source(tmp_path: Path, compiler: Toolchain) -> None:
    tree = MINI.edited(
        {
            PROCESS: '#include "trace.h"\n' + FILES[PROCESS],
            f"{ARCH}/kernel/trace.h": "#ifndef INNER\n#define INNER\n#define ME <./trace.h>\n"
            "#include <linux/define_trace.h>\n#else\nint traced;\n#endif\n",
            "include/linux/define_trace.h": "#include ME\n",
        }
    )
    with builder(tmp_path, compiler) as made:
        unit = built(made, tree)
    assert symbols(unit, PROCESS, "traced")
    assert "include/trace.h" in unit.paths


def test_assembly_may_compare_as_gnu_as_takes_it(tmp_path: Path, compiler: Toolchain) -> None:
    text = FILES[FPU] + "\tcmpi\t0,4,7\n\tcmpi\t1,0,4,7\n\tcmpwi\t4,7\n\tcmpwi\tcr1,4,7\n"
    with builder(tmp_path, compiler) as made:
        code: bytes = section(built(made, MINI.edited({FPU: text})), FPU, ".text").data()
    assert code[-16:-8] == code[-8:]


def test_a_tree_without_optional_files_builds(tmp_path: Path, compiler: Toolchain) -> None:
    bare = {PROCESS: "int giveup_fpu(void) { return 1; }\n", FPU: "\tblr\n"}
    with builder(tmp_path, compiler) as made:
        unit = built(made, DictTree(bare))
    assert unit.features == {}


def test_offsets_reach_assembly(zig: Builder) -> None:
    code = section(built(zig, MINI), FPU, ".text").data()
    assert code[:4] == bytes.fromhex("8083000c")  # lwz r4,12(r3): state 4, padding 4, flags 4


def test_unrelated_files_do_not_change_the_unit(zig: Builder) -> None:
    unit = built(zig, MINI)
    assert (
        built(zig, MINI.edited({"Documentation/notes.txt": "other", "include/linux/new.h": "#error\n"}))
        == unit
    )


def test_a_header_recompiles_only_what_reads_it(zig: Builder) -> None:
    before = keys(built(zig, MINI))
    after = keys(built(zig, MINI.edited({REG: "#define MSR_FP 0x4000\n"})))
    assert (before[PROCESS] != after[PROCESS], before[FPU] != after[FPU]) == (True, False)


def test_assembly_depends_on_offsets_by_their_values(zig: Builder) -> None:
    before = keys(built(zig, MINI))
    renamed = keys(built(zig, MINI.edited({SCHED: FILES[SCHED].replace("flags", "bits")})))
    moved = keys(built(zig, MINI.edited({SCHED: FILES[SCHED].replace("u32 flags", "u32 flags, more")})))
    assert before[FPU] == renamed[FPU] != moved[FPU]
    assert len({before[PROCESS], renamed[PROCESS], moved[PROCESS]}) == 3


def test_a_file_that_comes_to_stand_earlier_on_the_search_path_is_found(zig: Builder) -> None:
    before = built(zig, MINI)
    earlier = f"{ARCH}/include/linux/sched.h"
    assert earlier in before.paths
    after = built(zig, MINI.edited({earlier: FILES[SCHED].replace("u32 flags", "u32 flags, more")}))
    assert keys(before)[PROCESS] != keys(after)[PROCESS]
    assert built(zig, MINI) == before


def test_paths_cover_reads_misses_and_configuration(zig: Builder) -> None:
    paths = built(zig, MINI).paths
    assert set(FILES) - {"Documentation/notes.txt"} <= paths
    assert {
        f"{ARCH}/Kconfig",
        f"{ARCH}/include/uapi/asm/reg.h",
        "include/linux/compiler_types.h",
    } - paths == {
        f"{ARCH}/include/uapi/asm/reg.h"  # never looked for: asm/reg.h was found before
    }
    assert not any(path.startswith("generated/") for path in paths)


def test_options_that_the_architecture_selects_are_set(zig: Builder) -> None:
    probe = FILES[PROCESS] + "\n#ifdef CONFIG_THREAD_INFO_IN_TASK\nint selected;\n#endif\n"
    tree = MINI.edited({PROCESS: probe, f"{ARCH}/Kconfig": "config PPC\n\tselect OTHER\n"})
    assert not symbols(built(zig, tree), PROCESS, "selected")
    tree = tree.edited({f"{ARCH}/Kconfig": "config PPC\n\tselect THREAD_INFO_IN_TASK\n"})
    assert symbols(built(zig, tree), PROCESS, "selected")


def test_lookup_never_compiles(zig: Builder) -> None:
    assert zig.lookup(MINI, SOURCES) is None
    unit = built(zig, MINI)
    assert zig.lookup(MINI.edited({"README": "new"}), SOURCES) == unit
    assert zig.lookup(MINI.edited({REG: ""}), SOURCES) is None


def test_another_process_finds_what_one_compiled(tmp_path: Path) -> None:
    cache = MemoryObjectCache()
    with builder(tmp_path / "one", cache=cache) as one, builder(tmp_path / "two", cache=cache) as two:
        unit = built(one, MINI)
        assert two.lookup(MINI, SOURCES) == unit


def test_what_does_not_compile_fails_with_the_first_error(tmp_path: Path, compiler: Toolchain) -> None:
    broken = MINI.edited({PROCESS: FILES[PROCESS] + "int broken(void) { return undeclared; }\n"})
    with builder(tmp_path, compiler) as made:
        failure = failed(made, broken)
        assert failure.reason.startswith(f"{PROCESS}:8")
        assert "undeclared" in failure.reason
        assert "\n" not in failure.reason
        assert "undeclared" in failure.log
        assert made.lookup(broken, SOURCES) == failure
        assert isinstance(made.build(MINI, SOURCES), Unit)


@pytest.mark.parametrize("directive", ["#error no such configuration\n", "#if 1\n", "\tnot an instruction\n"])
def test_assembly_that_does_not_assemble_fails(tmp_path: Path, compiler: Toolchain, directive: str) -> None:
    with builder(tmp_path, compiler) as made:
        failure = failed(made, MINI.edited({FPU: FILES[FPU] + directive}))
    assert FPU in failure.reason
    assert "error" in failure.reason.lower()


def test_a_missing_header_fails_until_it_is_there(zig: Builder) -> None:
    without = MINI.edited({REG: None})
    failure = failed(zig, without)
    assert "asm/reg.h" in failure.reason
    assert REG in failure.paths
    assert built(zig, MINI).key != failure.key
    assert failed(zig, without) == failure


def test_a_failing_offsets_file_fails_the_unit(zig: Builder) -> None:
    failure = failed(zig, MINI.edited({OFFSETS: FILES[OFFSETS].replace("thread.msr", "thread.gone")}))
    assert OFFSETS in failure.reason


def test_a_source_that_moved_is_found_by_its_name(zig: Builder) -> None:
    there = f"{ARCH}/lib/fpu.S"
    unit = built(zig, MINI.edited({FPU: None, there: FILES[FPU]}))
    assert [one.source for one in unit.objects] == [PROCESS, there]
    assert {FPU, there, ARCH} <= unit.paths


@pytest.mark.parametrize(
    ("places", "reason"),
    [
        ((), f"{FPU} does not exist, nor another file of that name in {ARCH}"),
        (("lib", "mm"), f"several files have that name: {ARCH}/lib/fpu.S, {ARCH}/mm/fpu.S"),
    ],
)
def test_a_source_that_cannot_be_told_makes_the_unit_untestable(
    zig: Builder, places: tuple[str, ...], reason: str
) -> None:
    tree = MINI.edited({FPU: None, **{f"{ARCH}/{place}/fpu.S": FILES[FPU] for place in places}})
    assert reason in failed(zig, tree).reason


def test_computed_includes_are_followed(tmp_path: Path, compiler: Toolchain) -> None:
    extra, deeper = f"{ARCH}/include/asm/extra.h", f"{ARCH}/include/asm/deeper.h"
    text = "#define NAME(x) <asm/x.h>\n#include NAME(extra)\n" + FILES[PROCESS]
    more = {extra: '#define SECOND "deeper.h"\n#include SECOND\n', deeper: "#define VALUE 1\n"}
    tree = MINI.edited({PROCESS: text + "int value = VALUE;\n", **more})
    with builder(tmp_path, compiler) as made:
        unit = built(made, tree)
        assert {extra, deeper} <= unit.paths
        changed = built(made, tree.edited({deeper: "#define VALUE 2\n"}))
        assert keys(changed)[PROCESS] != keys(unit)[PROCESS]
        earlier = f"{ARCH}/kernel/deeper.h"
        assert failed(made, tree.edited({deeper: None})).reason.count("deeper.h")
        assert built(made, tree.edited({deeper: None, "include/deeper.h": "#define VALUE 1\n"}))
        assert built(made, tree.edited({earlier: "#define VALUE 3\n"})).objects


def test_has_include_depends_on_the_file_that_it_asks_for(tmp_path: Path, compiler: Toolchain) -> None:
    probe = "#if __has_include(<asm/maybe.h>)\nint present;\n#endif\n"
    absent, maybe = MINI.edited({PROCESS: FILES[PROCESS] + probe}), f"{ARCH}/include/asm/maybe.h"
    with builder(tmp_path, compiler) as made:
        one, two = (built(made, tree) for tree in (absent, absent.edited({maybe: ""})))
        assert not symbols(one, PROCESS, "present")
        assert symbols(two, PROCESS, "present")
        assert built(made, absent) == one


def test_names_with_dots_are_resolved_inside_of_the_tree(zig: Builder) -> None:
    text = '#include "../nowhere/../lib/local.h"\n' + FILES[PROCESS]
    unit = built(zig, MINI.edited({PROCESS: text, f"{ARCH}/lib/local.h": "\n"}))
    assert f"{ARCH}/lib/local.h" in unit.paths


def test_a_file_where_another_commit_has_a_folder(zig: Builder) -> None:
    folder = MINI.edited({PROCESS: "#include <linux/x/y.h>\n" + FILES[PROCESS], "include/linux/x/y.h": ""})
    file = MINI.edited({PROCESS: "#include <linux/x>\n" + FILES[PROCESS], "include/linux/x": ""})
    for tree in (folder, file, folder, file):
        built(zig, tree.edited({"include/linux/sched.h": FILES[SCHED] + f"/* {id(tree)} */\n"}))


def test_a_needed_blob_that_is_missing_is_no_verdict(tmp_path: Path, compiler: Toolchain) -> None:
    with builder(tmp_path, compiler) as made, pytest.raises(MissingObject) as caught:
        made.build(DictTree(FILES, absent=frozenset((REG,))), SOURCES)
    assert caught.value.path == REG


def test_a_missing_blob_that_nothing_reads_does_not_matter(zig: Builder) -> None:
    unread = "#if 0\n#include <linux/unread.h>\n#endif\n"
    files = {**FILES, PROCESS: unread + FILES[PROCESS], "include/linux/unread.h": ""}
    built(zig, DictTree(files, absent=frozenset(("include/linux/unread.h",))))


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    with builder(tmp_path / "clean") as made:
        unit = built(made, MINI)
    left = tmp_path / "left" / "tree" / ARCH / "include" / "linux" / "sched.h"
    left.parent.mkdir(parents=True)
    left.write_text("#error left over\n")
    with builder(tmp_path / "left") as made:
        assert built(made, MINI) == unit


def test_recipes_share_compiles_and_have_keys_of_their_own(zig: Builder) -> None:
    both = built(zig, MINI)
    alone = zig.lookup(MINI, (PROCESS,))
    assert isinstance(alone, Unit)
    assert alone.objects == both.objects[:1]
    assert alone.key != both.key


def test_failures_and_units_never_share_a_key(zig: Builder) -> None:
    outcomes = [
        zig.build(tree, SOURCES)
        for tree in (MINI, MINI.edited({PROCESS: "#error a\n"}), MINI.edited({PROCESS: "#error b\n"}))
    ]
    assert [type(one) for one in outcomes] == [Unit, UnitFailure, UnitFailure]
    assert len({one.key for one in outcomes}) == 3
