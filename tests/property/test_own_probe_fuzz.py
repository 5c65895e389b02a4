# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever a probe file says: it is read, or refused in one line, and nothing of it runs outside of the emulator."""

# ruff: noqa: E501 - one line a case
import json
import sys
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bisectd.domain.errors import UserError
from bisectd.domain.verdict import Verdict
from tests.support.own_probes import HEAD, load, observe

SOURCE = """
typedef unsigned long long u64;
struct pt_regs { unsigned long gpr[32], nip, msr; };
struct thread_fp_state { u64 fpr[32]; u64 fpscr; };
struct thread_struct { struct pt_regs *regs; struct thread_fp_state fp_state; long fpexc_mode; };
struct task_struct { int state; struct thread_struct thread; struct task_struct *next; };
struct pt_regs *touch(struct task_struct *t, long n) { t->state += n; t->thread.regs->msr ^= n; return t->thread.regs; }
long load_up_fpu; u64 counter;
"""
EXAMPLES = [path.read_text() for path in sorted((Path(__file__).parents[2] / "docs/probes").glob("*.toml"))]
BITS = [
    "FP",
    "FE0",
    "+FE1",
    "-FP",
    "before",
    "user",
    "kernel",
    "0x10",
    "ZE",
    "XX",
    "|",
    "&a",
    "MSR:",
    "FPSCR: ",
]
PATHS = ["a", "b", "a.state", "a.thread.regs.msr", "a.next.state", "b.msr", "b.msr?", "a.saved.fp", "fp", "vec",
         "f3", "r3", "MSR", "FPSCR", "interrupts", "numbers", "counter", "a.thread", "&a.thread", "x.y.z"]  # fmt: skip
WORDS = [
    *BITS,
    *PATHS,
    "task",
    "struct pt_regs",
    "unchanged",
    "saved",
    "saved in a",
    "pattern",
    "pattern 7",
    "none",
]
EVIL = [
    "__import__('os').system('touch evil')",
    "{0.__class__}",
    "%n%s",
    "$(touch evil)",
    "(?=a*)*$",
    "\u202e",
]

texts = st.one_of(
    st.sampled_from(WORDS + EVIL), st.lists(st.sampled_from(BITS), max_size=4).map(" ".join), st.text()
)
numbers = st.one_of(
    st.integers(-300, 300), st.integers(), st.sampled_from([2**31, 2**32, 2**63, 2**64, 2**128, -(2**63)])
)
typed = st.dictionaries(
    st.sampled_from(["u8", "u32", "s64", "u64", "ulong", "u128", "text", "hex", "room", "variable", "struct", "optional"]),
    st.one_of(numbers, texts, st.lists(numbers, max_size=4), st.booleans()), max_size=3,
)  # fmt: skip
values = st.one_of(
    texts, numbers, typed, st.lists(st.one_of(texts, numbers), max_size=3), st.floats(), st.booleans()
)
places = st.dictionaries(st.sampled_from(PATHS), values, max_size=3)
steps = st.dictionaries(
    st.sampled_from(["call", "with", "returns", "user", "interrupt", "switch", "set", "expect"]),
    st.one_of(values, st.just("touch"), st.just(["a", 3]), places), max_size=3,
)  # fmt: skip
call = st.fixed_dictionaries(
    {"call": st.just("touch"), "with": st.lists(values, max_size=3), "returns": values}
)
good_call = st.just({"call": "touch", "with": ["a", 3], "returns": "a.thread.regs"})
objects = st.one_of(
    st.just(
        {"a": "task", "b": "struct pt_regs", "numbers": {"u32": [1, 2]}, "counter": {"variable": "counter"}}
    ),
    st.dictionaries(st.sampled_from(["a", "b", "numbers", "f3", "counter"]), values, max_size=4),
)
cases = st.fixed_dictionaries(
    {"step": st.lists(st.one_of(steps, call, good_call), max_size=4)},
    optional={"objects": objects, "before": places, "after": places, "stubs": values},
)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(below)}" for key, below in value.items()) + " }"


def _read_or_refused(text: str) -> bool:
    try:
        load(text, "")
    except UserError as error:
        complaint = str(error)
    else:
        return True
    assert "\n" not in complaint
    assert complaint.startswith("mine.toml: ")
    return False


@given(st.text())
def test_any_text(text: str) -> None:
    _read_or_refused(text)


@given(st.sampled_from(EXAMPLES), st.data())
def test_a_file_with_something_else_in_a_place(text: str, data: st.DataObject) -> None:
    lines = text.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(lines) - 1))
        key, _, _ = lines[number].partition("=")
        lines[number] = data.draw(
            st.sampled_from(["", f"{key} = {_toml(data.draw(values))}", "[x]", "[[step]]"])
        )
    _read_or_refused("\n".join(lines))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(cases)
def test_what_is_read_can_be_run(case: dict[str, Any]) -> None:
    text = "limit = 500\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in case.items())
    if not _read_or_refused(HEAD + text):
        return
    try:
        seen = observe(SOURCE, text)
    except UserError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert seen.verdict is Verdict.GOOD or seen.reason
        json.dumps(seen.evidence)
    assert not Path("evil").exists()


# What the interpreter reports when a program leaves itself (Python Library Reference, audit events table).
_LEAVING = (
    "exec",
    "compile",
    "import",
    "open",
    "os.",
    "subprocess.",
    "socket.",
    "shutil.",
    "ctypes.",
    "pickle.",
)
_heard: list[str] = []
_listening = False


def _hear(event: str, _: tuple[Any, ...]) -> None:
    if _listening and event.startswith(_LEAVING):
        _heard.append(event)


@given(
    st.one_of(
        cases.map(lambda case: "".join(f"{key} = {_toml(value)}\n" for key, value in case.items())), st.text()
    )
)
def test_reading_a_file_does_nothing_else(text: str) -> None:
    global _listening  # noqa: PLW0603 - an audit hook stays for good
    if not _heard:
        _heard.append("hooked")
        sys.addaudithook(_hear)
    _read_or_refused(HEAD + text)  # what is imported late is imported now
    _listening = True
    try:
        _read_or_refused(HEAD + text + "# again\n")
    finally:
        _listening = False
    assert _heard == ["hooked"]
