# SPDX-License-Identifier: GPL-2.0-or-later
"""What probe files do to small C programs, compiled and run for real."""

# ruff: noqa: E501 - one line a case
import pytest

from bisectd.domain.errors import UserError
from bisectd.domain.verdict import Verdict
from tests.support.own_probes import TRIPLES, observe

GOOD, BAD, UNTESTABLE = Verdict.GOOD, Verdict.BAD, Verdict.UNTESTABLE

SOURCE = """
typedef unsigned char u8; typedef unsigned int u32; typedef unsigned long long u64; typedef long long s64;
struct inner { u32 low; u64 wide; u8 small; };
struct outer { struct outer *next; struct inner in; u32 many[4]; struct inner *far; unsigned long msr; };
struct outer *anchor(struct outer *o) { return o->next; }
extern long elsewhere(int);
extern u32 counter;
u32 here = 5;
int add(int a, int b) { return a + b; }
u64 wide(u32 a, u64 b, u32 c) { return b + a - c; }
s64 negative(s64 a) { return -a; }
u8 byte(u32 a) { return a; }
long ask(void) { return elsewhere(4); }
void count(void) { counter += 3; here += 2; }
void bump(struct outer *o) { o->in.wide += 1; o->next->in.small -= 1; o->next->far->low = o->many[2]; }
void clear(struct outer *o) { o->msr &= ~0x2000ul; }
void fill(u8 *to, u8 value, u32 n) { while (n--) *to++ = value; }
u32 sum(const u32 *a, u32 n) { u32 s = 0; while (n--) s += *a++; return s; }
void spin(void) { for (;;) asm volatile(""); }
u32 loop(u32 n) { volatile u32 i; for (i = 0; i < n; i++) ; return i; }
void wild(void) { *(volatile int *)64 = 1; }
void trap(void) { asm volatile("trap"); }
"""
LISTS = """
[objects]
a = "struct outer"
b = "struct outer"
c = "struct inner"
[before]
a.next = "&b"
b.far = "c"
a.many = { u32 = [7, 8, 9] }
b.in.small = 3
a.in.wide = 0x1_0000_0000
[[step]]
call = "bump"
with = ["a"]
"""


def _call(function: str, *arguments: str, returns: str = "") -> str:
    result = f"returns = {returns}\n" if returns else ""
    return f'[[step]]\ncall = "{function}"\nwith = [{", ".join(arguments)}]\n{result}'


@pytest.mark.parametrize("target", TRIPLES)
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (_call("add", "2", "3", returns="5"), ""),
        (_call("add", "2", "3", returns="6"), "add(2, 3) returned 5, expected 6"),
        (_call("add", "2", "-3", returns="{ s32 = -1 }"), ""),
        (_call("add", "2", "-3", returns="{ s32 = 1 }"), "add(2, -3) returned -1, expected 1"),
        (_call("wide", "1", "{ u64 = 0x1_0000_0000 }", "2", returns="{ u64 = 0xffff_ffff }"), ""),
        (_call("negative", "{ s64 = 4 }", returns="{ s64 = -4 }"), ""),
        (_call("negative", "{ s64 = 4 }", returns="{ s64 = 4 }"), "negative(4) returned -4, expected 4"),
        (_call("byte", "0x1ff", returns="{ u8 = 255 }"), ""),
        ("[objects]\nn = { u32 = [1, 2, 3] }\n" + _call("sum", '"n"', "3", returns="6") + '[after]\nn = "unchanged"\n', ""),
        ("[objects]\nn = { u32 = [1, 2, 3] }\n" + _call("fill", '"n"', "255", "5") + "[after]\nn = { u32 = [0xffffffff, 2, 3] }\n",
         "n[1]: 0x00000002 → 0x"),
        ('[objects]\nt = { text = "abc" }\n' + _call("fill", '"t"', "0x62", "3") + '[after]\nt = { text = "bbb" }\n', ""),
        ('[objects]\nt = { text = "abc" }\n' + _call("fill", '"t"', "0x62", "3") + '[after]\nt = { text = "bbc" }\n',
         "t[2]: 0x00000063 → 0x00000062, expected 0x00000063"),
        ("[objects]\nt = { room = 40 }\n" + _call("fill", '"t"', "1", "40") + '[after]\nt = "unchanged"\n',
         "not kept: t+0x0 t+0x8 t+0x10 t+0x18 t+0x20"),
        ('[objects]\na = "struct outer"\nb = "struct outer"\n[before]\na.next = "&b"\n' + _call("anchor", '"a"', returns='"b"'), ""),
        ('[objects]\na = "struct outer"\n[before]\na.msr = "EE FP"\n' + _call("clear", '"a"') + '[after]\na.msr = "before -FP"\n', ""),
        ('[objects]\na = "struct outer"\n[before]\na.msr = "EE FP"\n' + _call("clear", '"a"') + '[after]\na.msr = "unchanged"\n',
         "a.msr: "),
    ],
)  # fmt: skip
def test_calls_and_what_comes_of_them(target: str, body: str, reason: str) -> None:
    seen = observe(SOURCE, body, target)
    assert seen.verdict is (BAD if reason else GOOD), seen.reason
    assert reason in seen.reason


@pytest.mark.parametrize("target", TRIPLES)
def test_members_through_structures_and_pointers(target: str) -> None:
    after = "[after]\na.in.wide = 0x1_0000_0001\na.next.in.small = 2\na.next.far.low = 9\nc.low = 9\nb.in.low = 0\n"
    assert observe(SOURCE, LISTS + after, target).verdict is GOOD
    wrong = observe(SOURCE, LISTS + "[after]\nb.far.low = 8\n", target)
    assert wrong.reason == "b.far.low: 0x00000000 → 0x00000009, expected 0x00000008"
    assert wrong.evidence["instruction"]["symbol"] == "bump"


def test_a_member_that_a_version_lacks_may_be_passed_over() -> None:
    body = '[objects]\na = "struct outer"\n[before]\n"a.gone?" = 1\n' + _call("clear", '"a"')
    assert observe(SOURCE, body + '[after]\n"a.gone?" = 2\na.msr = 0\n').verdict is GOOD
    seen = observe(SOURCE, body + "[after]\na.gone = 1\n")
    assert (seen.verdict, seen.reason) == (UNTESTABLE, "the unit has no member outer.gone")


def test_expectations_stand_between_steps() -> None:
    body = (
        '[objects]\na = "struct outer"\n'
        '[[step]]\nset.a.msr = "FP"\n[[step]]\nexpect.a.msr = "FP"\n'
        + _call("clear", '"a"')
        + "[[step]]\nexpect.a.msr = 0\n"
    )
    assert observe(SOURCE, body).verdict is GOOD


def test_variables_defined_here_or_elsewhere() -> None:
    body = (
        '[objects]\nhere = { variable = "here", type = "u32" }\ncounter = { variable = "counter", type = "u32" }\n'
        'absent = { variable = "absent", optional = true }\n[before]\ncounter = 4\nabsent = 1\n'
        + _call("count")
        + "[after]\nhere = 7\ncounter = 7\n"
    )
    assert observe(SOURCE, body).verdict is GOOD
    seen = observe(SOURCE, body.replace("optional = true", "optional = false"))
    assert (seen.verdict, seen.reason) == (UNTESTABLE, "the unit has no variable absent")


def test_functions_that_the_unit_only_calls() -> None:
    seen = observe(SOURCE, _call("ask", returns="-2"))
    assert seen.verdict is UNTESTABLE
    assert "ask needs elsewhere, which nothing in the unit defines" in seen.reason
    assert observe(SOURCE, _call("ask", returns="-2") + "[stubs]\nelsewhere = -2\n").verdict is GOOD


def test_the_first_of_several_names_that_there_is() -> None:
    body = '[[step]]\ncall = ["plus", "add"]\nwith = [1, 1]\nreturns = 2\n'
    assert observe(SOURCE, body).verdict is GOOD
    seen = observe(SOURCE, body.replace('"add"', '"sum_of"'))
    assert (seen.verdict, seen.reason) == (UNTESTABLE, "the unit has no function plus or sum_of")


@pytest.mark.parametrize(
    ("body", "verdict", "reason"),
    [
        (_call("spin") + "[after]\nr3 = 0\n", UNTESTABLE, "spin ran 20000 instructions without return"),
        ("limit = 100\n" + _call("spin") + "[after]\nr3 = 0\n", UNTESTABLE, "spin ran 100 instructions without return"),
        (_call("loop", "50000", returns="50000"), UNTESTABLE, "loop ran 20000 instructions without return"),
        ("limit = 400000\n" + _call("loop", "50000", returns="50000"), GOOD, ""),
        (_call("wild") + "[after]\nr3 = 0\n", UNTESTABLE, "wild touched unmapped memory at 0x40"),
        (_call("trap") + "[after]\nr3 = 0\n", BAD, "trap took interrupt 0x700"),
        ('[objects]\na = "struct outer"\n' + _call("clear", '"a"') + "[after]\na.next.msr = 0\n", UNTESTABLE,
         "outer.next is NULL, so there is no a.next.msr"),
        ('[objects]\na = "struct outer"\n[before]\na.next = 64\n' + _call("clear", '"a"') + "[after]\na.next.msr = 0\n",
         UNTESTABLE, "the probe follows a pointer to where nothing is"),
        ('[objects]\na = "struct nowhere"\n' + _call("clear", '"a"') + "[after]\nr3 = 0\n", UNTESTABLE,
         "the unit has no struct nowhere"),
        ('[objects]\na = "struct outer"\n' + _call("clear", '"a"') + "[after]\na.in = 0\n", UNTESTABLE,
         "a.in has 24 bytes and is no number"),
        ('[objects]\na = "struct outer"\n[before]\na.in.low = { u32 = [1, 2] }\n' + _call("clear", '"a"') + "[after]\nr3 = 0\n",
         UNTESTABLE, "a.in.low has 4 bytes, too few for 8"),
    ],
)  # fmt: skip
def test_what_ends_a_run_early(body: str, verdict: Verdict, reason: str) -> None:
    seen = observe(SOURCE, body)
    assert seen.verdict is verdict, seen.reason
    assert reason in seen.reason


def test_a_number_that_fits_no_register_is_the_users_mistake() -> None:
    body = _call("add", "0x1_0000_0000", "0", returns="0")
    with pytest.raises(UserError, match="argument of add: 4294967296 does not fit 32 bits on pmac32"):
        observe(SOURCE, body)
    assert observe(SOURCE, body, "g5").verdict is GOOD


def test_cases_are_kernels_of_their_own() -> None:
    source = SOURCE.replace("extern u32 counter;", "u32 counter;")
    case = '[[case]]\nname = "{}"\n[case.objects]\nhere = {{ variable = "here", type = "u32" }}\n'
    step = '[[case.step]]\ncall = "count"\n[case.after]\nhere = {}\n'
    assert (
        observe(source, case.format("one") + step.format(7) + case.format("two") + step.format(7)).verdict
        is GOOD
    )
    seen = observe(source, case.format("one") + step.format(7) + case.format("two") + step.format(9))
    assert seen.reason == "two: here: 0x00000005 → 0x00000007, expected 0x00000009"
    assert [found["verdict"] for found in seen.evidence["cases"]] == ["GOOD", "BAD"]
