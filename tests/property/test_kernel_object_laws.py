# SPDX-License-Identifier: GPL-2.0-or-later
"""Laws of images, structure layouts and fingerprints, over random programs."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bisectd.kernel.fingerprint import fingerprint
from bisectd.kernel.image import DamagedImage, Image
from bisectd.kernel.object import read_object
from bisectd.kernel.structures import Members
from tests.support.kernel_objects import compile_object
from tests.unit.test_kernel_object_structures import expected, oracle

_TYPES = (
    "char",
    "short",
    "int",
    "long long",
    "double",
    "void *",
    "struct s0",
    "union { char c; long long l; }",
)


@st.composite
def structures(draw: st.DrawFn) -> tuple[str, list[str]]:
    """C that defines s0 … sn, each may hold the ones before it; and all their named members."""
    text, members = ["struct s0 { int m0; struct { char m1; }; };"], ["s0.m0", "s0.m1"]
    for number in range(1, draw(st.integers(2, 5))):
        kinds = draw(st.lists(st.sampled_from([*_TYPES, f"struct s{number - 1}"]), min_size=1, max_size=6))
        fields = [
            f"{kind} m{i}{draw(st.sampled_from(['', '', '[3]', '[2][5]']))};" for i, kind in enumerate(kinds)
        ]
        attribute = draw(st.sampled_from(["", "__attribute__((packed))", "__attribute__((aligned(32)))"]))
        text.append(f"struct s{number} {{ {' '.join(fields)} }} {attribute}; struct s{number} v{number};")
        members += [f"s{number}.m{i}" for i in range(len(kinds))]
    return "\n".join(text), members


@settings(max_examples=25, deadline=None)
@given(structures(), st.sampled_from(["powerpc", "powerpc64le"]))
def test_layouts_are_those_of_the_compiler(source: tuple[str, list[str]], arch: str) -> None:
    text, members = source
    members = [name for name in members if not name.startswith("s0.")]
    with tempfile.TemporaryDirectory() as folder:
        elf = compile_object(Path(folder), f"{text}\n{oracle(members)}", arch=arch)
    image = read_object(elf, [f"s{number}" for number in range(6)])
    found = Members(image.structures)
    assert {name: tuple(found[name])[:2] for name in members} == expected(image, members)


# Functions of an assembly file, each with what it calls; labels are named by a prefix.
_BODIES = {
    "root": "mflr 0; cmpwi 3, 0; beq {p}done; bl first; {p}again: bl second; bdnz {p}again; {p}done: b third",
    "first": "lis 4, datum@ha; lwz 4, datum@l(4); cmpwi 4, 1; bne {p}skip; addi 4, 4, 1; {p}skip: blr",
    "second": "{p}loop: addic. 3, 3, -1; bne {p}loop; blr",
    "third": "lis 5, gone@ha; b second",
    "unrelated": "b first",
    "other": "li 3, 1; beq {p}x; b unrelated; {p}x: blr",
}
_NEEDED = ("root", "first", "second", "third")


@st.composite
def arrangements(draw: st.DrawFn) -> str:
    """The functions in any order, with or without the unrelated ones, sizes, kinds of labels, padding."""
    names = draw(
        st.permutations([*_NEEDED, *draw(st.lists(st.sampled_from(["unrelated", "other"]), unique=True))])
    )
    if "other" in names and "unrelated" not in names:
        names = [*names, "unrelated"]
    text = [".text\n"]
    for name in names:
        prefix = draw(st.sampled_from([".L", "local_", "x"])) + name
        text.append(f".globl {name}\n{name}: {_BODIES[name].format(p=prefix)}\n")
        text.append(draw(st.sampled_from(["", f".size {name}, .-{name}\n", f".type {name}, @function\n"])))
        text.append(
            draw(
                st.sampled_from(
                    ["", "    nop\n", "    .balign 16\n", "/* comment */\n", "    trap\n    li 9, 9\n"]
                )
            )
        )
    return "".join(text) + '.section .data.datum, "aw"\ndatum: .long 5\n'


def _fingerprint(source: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        image = read_object(compile_object(Path(folder), source, name="f.S"), [])
    return fingerprint([image], ["root"], [], {})


_PLAIN = (
    ".text\n"
    + "".join(f".globl {name}\n{name}: {_BODIES[name].format(p='.L' + name)}\n" for name in _NEEDED)
    + '.section .data.datum, "aw"\ndatum: .long 5\n'
)


@settings(max_examples=40, deadline=None)
@given(arrangements())
def test_where_functions_lie_does_not_matter(source: str) -> None:
    assert _fingerprint(source) == _fingerprint(_PLAIN)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(
        [
            ("cmpwi 3, 0", "cmpwi 4, 0"),
            ("bdnz", "bdz"),
            ("bl first", "bl third"),
            ("b third", "b second"),
            ("gone", "lost"),
            ("addi 4, 4, 1", "addi 4, 4, 2"),
            (".long 5", ".long 6"),
            ("bne .Lfirstskip", "bne .Lsecondloop"),
            ("@l", "@h"),
        ]
    )
)
def test_every_change_of_what_is_reached_matters(change: tuple[str, str]) -> None:
    assert change[0] in _PLAIN
    assert _fingerprint(_PLAIN.replace(*change)) != _fingerprint(_PLAIN)


with tempfile.TemporaryDirectory() as _folder:
    _STORED = read_object(compile_object(Path(_folder), _PLAIN, name="f.S"), []).to_bytes()


@given(
    st.binary(max_size=200)
    | st.builds(
        lambda at, byte: _STORED[:at] + bytes([byte]) + _STORED[at + 1 :],
        st.integers(0, len(_STORED) - 1),
        st.integers(0, 255),
    )
)
def test_damaged_images_are_refused_or_read(damaged: bytes) -> None:
    try:
        image = Image.from_bytes(damaged)
    except DamagedImage:
        return
    assert image == Image.from_bytes(_STORED)
