# SPDX-License-Identifier: GPL-2.0-or-later
"""The pure parts of the build: what a text names, where a name is looked for, what is generated."""

import pytest

from bisectd.domain.errors import UserError
from bisectd.kernel import assembly, offsets, targets
from bisectd.kernel.closure import Escape, Searcher, join
from bisectd.kernel.config import AUTOCONF, Generator
from bisectd.kernel.directives import Directive, scan
from bisectd.kernel.files import CommitFiles, Generated
from bisectd.kernel.manifest import Keys, digest
from tests.support.source_trees import DictTree

PMAC32 = targets.find("pmac32")


@pytest.mark.parametrize(
    ("text", "name", "quoted"),
    [
        (b"#include <a/b.h>\n", "a/b.h", False),
        (b'#include "b.h"', "b.h", True),
        (b"  #\tinclude\v<a.h> // why\n", "a.h", False),
        (b"/* one\n two */ #include <a.h>\n", "a.h", False),
        (b"#inc\\\nlude <a.h>\n", "a.h", False),
        (b"#include \\ \n <a.h>\n", "a.h", False),
        (b"# /* note */ include /* note */ <a.h>\n", "a.h", False),
        (b"%:include <a.h>\n", "a.h", False),
        (b"#include_next <a.h>\n", "a.h", False),
        (b"#import <a.h>\n", "a.h", False),
        (b'#include "caf\xe9.h"\n', "caf\udce9.h", True),
    ],
)
def test_every_spelling_of_an_include_is_found(text: bytes, name: str, quoted: bool) -> None:
    found = scan(text)
    assert found.includes == (Directive(name, quoted),)
    assert (found.computed, found.refused) == (False, "")


@pytest.mark.parametrize(
    "text", [b"#include NAME\n", b"# include /* x */ NAME(x)\n", b"#include __stringify(a.h)"]
)
def test_computed_includes_are_noticed(text: bytes) -> None:
    assert scan(text).computed
    assert scan(text).includes == ()


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (b"#ifdef __has_include\n#if __has_include(<a.h>)\n", False),
        (b"#if defined(__has_include) && __has_include (  <a.h>)\n", False),
        (b"#if __has_include(NAME) || __has_include(<a.h>)\n", True),
        (b"#define PROBE __has_include\n#if __has_include(<a.h>)\n", True),
    ],
)
def test_has_include(text: bytes, refused: bool) -> None:
    found = scan(text)
    assert found.probes == (Directive("a.h", quoted=False),)
    assert bool(found.refused) == refused


@pytest.mark.parametrize(
    "text",
    [
        b"#/*" * 100_000,
        b"#include /*" * 30_000,
        b"\\ " * 200_000,
        b"\\" + b" " * 10**6,
        b"__has_include def" + b" " * 10**6,
        b"#include <" * 50_000,
        b'#include "' * 50_000,
    ],
)
def test_hostile_text_is_read_to_its_end(text: bytes) -> None:
    """A scan that backtracks would not come back from these."""
    assert len(scan(text).includes) <= 1


@pytest.mark.parametrize(
    "text",
    [
        b"#include <" + b"a" * 201 + b">",
        b'#include "a\0b"',
        b"".join(b"#include <%d>\n" % number for number in range(10_001)),
        b"#/*" + b" " * 1001 + b"*/include <a>",
    ],
)
def test_what_no_kernel_writes_is_refused(text: bytes) -> None:
    assert scan(text).refused


@pytest.mark.parametrize(
    ("folder", "name", "path"),
    [
        ("include", "linux/a.h", "include/linux/a.h"),
        ("arch/powerpc/kernel", "../mm/./a.h", "arch/powerpc/mm/a.h"),
        ("a/b", "../../c.h", "c.h"),
        ("", "a//b.h", "a/b.h"),
    ],
)
def test_names_are_joined_to_folders(folder: str, name: str, path: str) -> None:
    assert join(folder, name) == path


@pytest.mark.parametrize(("folder", "name"), [("a", "../../b.h"), ("", "../b.h"), ("a/b", "/etc/passwd")])
def test_names_that_leave_the_tree(folder: str, name: str) -> None:
    with pytest.raises(Escape):
        join(folder, name)


def test_the_search_follows_the_preprocessor() -> None:
    tree = DictTree(
        {
            "k/a.c": '#include "x.h"\n#include <x.h>\n#include <y.h>\n',
            "k/x.h": "",
            "two/x.h": "",
            "one/z.h": "",
        }
    )
    searcher = Searcher(CommitFiles(tree, Generated({})), ("one", "two"), {}, {})
    closure = searcher.close(["k/a.c"])
    assert set(closure.files) == {"k/a.c", "k/x.h", "two/x.h"}
    assert searcher.misses(closure, ["k/a.c"]) == {"one/x.h", "one/y.h", "two/y.h"}


def test_include_next_takes_every_place_into_account() -> None:
    tree = DictTree({"one/x.h": "#include_next <x.h>\n", "three/x.h": ""})
    searcher = Searcher(CommitFiles(tree, Generated({})), ("one", "two", "three"), {}, {})
    closure = searcher.close(["one/x.h"])
    assert set(closure.files) == {"one/x.h", "three/x.h"}
    assert searcher.misses(closure, ["one/x.h"]) == {"two/x.h"}


def autoconf(files: dict[str, str]) -> str:
    return Generator(PMAC32, 4).generate(DictTree({"README": "", **files})).texts[AUTOCONF]


def test_configuration_depends_on_what_the_commit_has() -> None:
    assert "#define CONFIG_PPC32 1\n" in autoconf({})
    assert "#define CONFIG_HZ 250\n" in autoconf({})
    assert "CONFIG_TREE_RCU 1\n" in autoconf({})
    assert "CONFIG_TREE_RCU" not in autoconf({"include/linux/rcutiny.h": ""})
    assert "CONFIG_KVM" not in autoconf({})
    assert "#define CONFIG_KVM 1\n" in autoconf({"arch/powerpc/kvm/book3s_pr.c": ""})
    assert "THREAD_INFO_IN_TASK" not in autoconf({})
    kconfig = "config PPC\n\tselect THREAD_INFO_IN_TASK\t# since v5.1\n"
    assert "CONFIG_THREAD_INFO_IN_TASK 1\n" in autoconf({"arch/powerpc/Kconfig": kconfig})


def test_generic_headers_are_wrapped() -> None:
    lists = {
        "arch/powerpc/include/asm/Kbuild": "generic-y += a.h b.h \\\n\tc.h\ngenerated-y += no.h\n",
        "include/uapi/asm-generic/Kbuild": "mandatory-y += d.h\n# mandatory-y += no.h\n",
        "include/asm-powerpc/old.h": "",
    }
    texts = Generator(PMAC32, 4).generate(DictTree(lists)).texts
    made = {path.rpartition("/")[2] for path in texts if path.startswith("generated/arch/asm/")}
    assert made == {"a.h", "b.h", "c.h", "d.h", "old.h", "unistd_32.h", "unistd_64.h"}
    assert texts["generated/arch/asm/a.h"] == "#include <asm-generic/a.h>\n"
    assert texts["generated/arch/asm/old.h"] == "#include <asm-powerpc/old.h>\n"


def test_equal_inputs_share_what_is_generated() -> None:
    generator = Generator(PMAC32, 4)
    one, two = (generator.generate(DictTree({"a": text, "arch/powerpc/Kconfig": ""})) for text in "ab")
    assert one is two


def test_offsets_are_read_from_either_form_of_line() -> None:
    text = b'\n->OLD 12 offsetof(x)\n\t.ascii "->NEW $-4 y"\n->bisectd_feature_cpu -2147483648 \n->\n'
    found = offsets.parse(offsets.extract(text), 32)
    assert found.header == "#define OLD 12\n#define NEW -4\n"
    assert found.features == {"cpu": 0x80000000}


def test_keys_do_not_depend_on_what_was_asked_before() -> None:
    paths = ("a/b/c.h", "a/d.h", "include/x.h", "top.h")
    trees = [
        DictTree({"a/b/c.h": "1", "a/d.h": "2", "other": "3"}),
        DictTree({"a/b/c.h": "1", "a/d.h": "2", "a/unrelated": "3", "include/y.h": ""}),
        DictTree({"a/b": "1", "a/d.h": "2"}),
        DictTree({"a/b/c.h": "1", "a/d.h": "2", "top.h": ""}),
        DictTree({"a/b/c.h": "1", "a/d.h/x": "2"}),
    ]
    files = [CommitFiles(tree, Generated({})) for tree in trees]
    warm = Keys("scope", paths)
    asked = [warm.key(one) for one in files + files]
    assert asked == [Keys("scope", paths).key(one) for one in files] * 2
    assert asked[0] == asked[1]
    assert len(set(asked)) == 4
    assert Keys("other", paths).key(files[0]) != asked[0]


def test_digest_keeps_its_parts_apart() -> None:
    assert digest("ab", "c") != digest("a", "bc") != digest("abc")
    assert digest("a", b"b") == digest(b"a", "b")


@pytest.mark.parametrize(
    "text", [b'\t.incbin "x"\n', b"nop; .INCLUDE x\n", b"label:.incbin x\n", b'.asciz "a"; .incbin "b"']
)
def test_assembly_that_opens_files_is_refused(text: bytes) -> None:
    assert "reads files" in assembly.refusal(text, confined=True)


@pytest.mark.parametrize("text", [b'\t.asciz "see .incbin"\n', b"mr.include 1\n", b"\tli 3,.includes@l\n"])
def test_other_assembly_is_not(text: bytes) -> None:
    assert assembly.refusal(text, confined=False) == ""


def test_unknown_target_names_the_nearest() -> None:
    with pytest.raises(UserError, match=r"unknown target pmac: did you mean pmac32\?"):
        targets.find("pmac")
    assert [target.name for target in targets.all_targets()] == sorted(
        target.name for target in targets.all_targets()
    )
