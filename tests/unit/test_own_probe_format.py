# SPDX-License-Identifier: GPL-2.0-or-later
"""Every mistake in a probe file is one line with the file, the table and the key, and says what to write."""

from pathlib import Path

# ruff: noqa: E501 - one line a case
import pytest

from bisectd.domain.errors import UserError
from bisectd.probes.probe import Probe
from tests.support.own_probes import HEAD, load

CALL = '[[step]]\ncall = "f"\nreturns = 0\n'
TASK = '[objects]\ntask = "task"\nbuffer = { u32 = [1, 2] }\n'
SWITCH = '[[step]]\nswitch = "task"\n'


def _complaint(body: str, head: str = HEAD) -> str:
    with pytest.raises(UserError) as error:
        load(body, head)
    line = str(error.value)
    assert line.startswith("mine.toml: ")
    assert "\n" not in line
    assert len(line) < 300
    return line.removeprefix("mine.toml: ")


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("limt = 5\n" + CALL, "limt: unknown key: did you mean limit?"),
        ("limit = 0\n" + CALL, "limit: must be a number from 1 to 1000000, not 0"),
        ("limit = true\n" + CALL, "limit: must be a number from 1 to 1000000, not True"),
        ("limit = 1000000\n" + CALL * 6, "limit: 6 steps of 1000000 instructions are too many: at most 833333"),
        ("", "step: no step runs any code: write [[step]] with a call"),
        ('[[step]]\ncall = "f"\n', "after: nothing must hold"),
        ("[step]\n", "step: must be tables: begin each with [[step]]"),
        (CALL * 401, "step: there are 401 of them: at most 400"),
        ('[[step]]\ncal = "f"\n', "[[step]] 1: cal: no step of that kind: did you mean call?"),
        ('[[step]]\ncall = "f"\nuser = "nop"\n', "[[step]] 1: user: is a step of its own: it cannot stand beside call"),
        ('[[step]]\ncall = "f()"\n', "[[step]] 1: call: 'f()' is no name of a C function"),
        ('[[step]]\ncall = "f"\nwith = 4\n', "[[step]] 1: with: must be a list of at most 8 arguments"),
        ('[[step]]\ncall = "f"\nwith = [{ u8 = 256 }]\n', "[[step]] 1: with: 256 does not fit u8"),
        ('[[step]]\ncall = "f"\nwith = [{ u9 = 1 }]\n', "[[step]] 1: with: unknown type u9: did you mean"),
        ('[[step]]\ncall = "f"\nwith = [{ u32 = [1] }]\n', "an array or bytes are no argument"),
        ('[[step]]\ncall = "f"\nwith = ["bufer"]\n' + TASK, "there is no object or register 'bufer': did you mean buffer"),
        ('[[step]]\ncall = "f"\nreturns = 2026-01-01\n', "is no value: write a number, a name, bits, or"),
        ('[[step]]\ncall = "f"\nreturns = "before"\n', "there is no object or register 'before'"),
        ('[[step]]\nuser = "nop"\n[after]\nMSR = 0\n', "step: a user program or a switch wants a task"),
        (TASK + '[[step]]\nuser = "halt"\n', "[[step]] 1: user: unknown instruction 'halt'"),
        (TASK + '[[step]]\nuser = "fmr f1"\n', "[[step]] 1: user: fmr has 2 operands, not 1"),
        (TASK + '[[step]]\nuser = "fmr f1,f32"\n', "[[step]] 1: user: 'f32' is no operand of fmr: write f0 to f31"),
        (TASK + '[[step]]\ninterrupt = "FPU"\n', "[[step]] 1: interrupt: unknown interrupt 'FPU'"),
        (TASK + '[[step]]\nswitch = "tsk"\n', "[[step]] 1: switch: there is no task 'tsk': did you mean task?"),
        (CALL + '[objects]\nf3 = "task"\n', "[objects]: f3: is no name for an object"),
        (CALL + '[objects]\na = "tusk"\n', "[objects]: a: must be \"task\" or \"struct NAME\", not 'tusk'"),
        (CALL + "[objects]\na = { room = 70000 }\n", "[objects] a: room: must be a number from 1 to 65536"),
        (CALL + '[objects]\na = { hex = "0g" }\n', "[objects]: a: hex must be pairs of hex digits"),
        (CALL + '[objects]\na = { variable = "x", size = 4 }\n', "[objects] a: size: unknown key"),
        (CALL + TASK + '[before]\ntask.thread.regs.msr = "FP FE2"\n', "task.thread.regs.msr: MSR has no bit 'FE2': did you mean FE"),
        (CALL + TASK + '[before]\nFPSCR = "ZE|QE"\n', "[before]: FPSCR: FPSCR has no bit 'QE'"),
        (CALL + TASK + '[before]\nMSR = "before -FP"\n', "'before' has a meaning only where something must hold"),
        (CALL + TASK + '[before]\ntask.state = "MSX: FP"\n', "unknown register 'MSX': did you mean MSR"),
        (CALL + TASK + "[before]\ntusk.state = 1\n", "tusk.state: there is no object or register 'tusk': did you mean task?"),
        (CALL + TASK + '[before]\n"task.thread.x[2]" = 1\n', "'x[2]' is no name of a structure member"),
        (CALL + TASK + "[before]\nbuffer.x = 1\n", "buffer is no structure, so it has no member 'x'"),
        (CALL + TASK + '[before]\nfp = "patern"\n', "[before]: fp: must be \"pattern\" or \"pattern N\", not 'patern'"),
        (CALL + TASK + '[before]\nf3 = "&buffer"\n', "f3: a register takes a number or bits by name"),
        (CALL + TASK + '[after]\nfp = "saved in buffer"\n', "fp: there is no task 'buffer' in [objects]"),
        (CALL + TASK + '[after]\ninterrupts = "many"\n', '[after]: interrupts: must be "none"'),
        (CALL + TASK + '[after]\ntask.saved.fpu = "pattern"\n', "unknown group of registers 'fpu': did you mean fp"),
        (CALL + "[stubs]\nprintk = 40000\n", "[stubs]: printk: must be what it returns, -32768 to 32767, not 40000"),
        ("case = []\n", "case: there is none"),
        ("[[case]]\n", "[[case]] 1: step: no step runs any code"),
        ("[[case]]\n" + CALL, "step: unknown key"),
        ("[[case]]\nstep = 1\n", "[[case]] 1: step: must be tables"),
        ('[[case]]\nname = "a"\n[[case]]\nname = "a"\n', "[[case]] 2: name: there is another case 'a'"),
        ("a = " + "[" * 3000, "brackets are nested too deep"),
        ("limit = " + "9" * 5000, "Exceeds the limit"),
        ("limit = \n", "Invalid value (at line 5, column 9)"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(body: str, complaint: str) -> None:
    assert complaint in _complaint(body)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('name = "My Probe"', "name: 'My Probe' is no name for a probe"),
        ("name = 4", "name: must be one line of text, not 4"),
        ('description = "a\\nb"', "description: must be one line of text"),
        ('sources = ["../x.c"]', "sources: '../x.c' is no .c or .S file by its path in the kernel tree"),
        ('sources = ["/etc/x.c"]', "is no .c or .S file"),
        ('sources = ["lib/{bits.__class__}.c"]', "is no .c or .S file"),
        ('sources = ["lib/a.c", "lib/a.c"]', "sources: has an entry twice"),
        ("sources = []", "sources: is missing: name files of the kernel tree"),
    ],
)
def test_a_mistake_in_the_head_is_named(line: str, complaint: str) -> None:
    key = line.partition(" ")[0]
    head = "".join(f"{line}\n" if row.startswith(key) else f"{row}\n" for row in HEAD.splitlines())
    assert complaint in _complaint(CALL, head)


def test_a_name_of_bisectds_own_is_refused() -> None:
    with pytest.raises(UserError, match=r"mine\.toml: name: a probe fpu-giveup-fe comes with bisectd"):
        load(CALL, HEAD.replace('"mine"', '"fpu-giveup-fe"'))


def test_what_is_called_and_reached_into_is_declared() -> None:
    probe = load(
        '[objects]\nA = "task"\narea = "struct thread_fp_state"\n'
        '[before]\nA.thread.regs.msr = "user FP"\nA.thread.fp_save_area = "&area.fpr"\n'
        '[[step]]\ncall = ["new_name", "old_name"]\nwith = ["A", "area", "A.thread.load_fp"]\n'
        '[[step]]\nswitch = "A"\n[after]\nA.thread.fpexc_mode = "unchanged"\n'
    )
    assert set(probe.roots) == {"new_name", "old_name", "__switch_to", "_switch"}
    wanted = {
        "task_struct.thread.regs.msr", "task_struct.thread.fp_save_area", "thread_fp_state.fpr",
        "task_struct.thread.load_fp", "task_struct.thread.fpexc_mode",
    }  # fmt: skip
    assert wanted <= probe.members
    assert {"task_struct.thread.regs.msr", "thread_fp_state", "pt_regs"} <= set(probe.structures)


def test_a_probe_without_tasks_does_not_depend_on_their_layout() -> None:
    assert not [path for path in load(CALL).members if path.startswith("task_struct")]


def test_observations_go_by_the_content_of_the_file() -> None:
    def label(body: str) -> str:
        return load(body).label

    assert label(CALL) == label(CALL)
    assert label(CALL) != label(CALL + "# a comment\n")
    assert label(CALL).startswith("mine@")


@pytest.mark.parametrize("path", sorted(Path("docs/probes").glob("*.toml")), ids=lambda path: str(path.stem))
def test_the_probes_of_the_documentation_are_read(path: Path, checkout: Path) -> None:
    probe = load((checkout / path).read_text(), "")
    assert isinstance(probe, Probe)
    assert probe.name.endswith(path.stem)
