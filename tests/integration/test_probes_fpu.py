# SPDX-License-Identifier: GPL-2.0-or-later
"""fpu-giveup-fe on small programs of our own, each with one fault that the probe must see, or must not."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import ziglang

from bisectd.domain.observation import Observation
from bisectd.domain.verdict import Verdict
from bisectd.kernel.link import link
from bisectd.kernel.object import read_object
from bisectd.kernel.targets import find as find_target
from bisectd.probes.registry import find as find_probe

ZIG = Path(ziglang.__file__).parent / "zig"
C_FLAGS = ["-target", "powerpc-freestanding-eabi", "-O2", "-g", "-gdwarf-4", "-ffreestanding", "-c"]
S_FLAGS = ["-target", "powerpc-freestanding-eabihf", "-c"]

HEADER = """
typedef unsigned long long u64;
struct pt_regs { unsigned long gpr[32], nip, msr; };
struct thread_fp_state { u64 fpr[32]; u64 fpscr; };
struct thread_struct { int pad[3]; struct pt_regs *regs; struct thread_fp_state fp_state; };
struct task_struct { int state; struct thread_struct thread; };
void save_regs(struct thread_fp_state *to);
struct task_struct *last_task_used_math;
extern int nobody_defines_this;
extern void nobody_defines_that(void);
static void set_msr(unsigned long msr) { asm volatile("mtmsr %0; isync" : : "r"(msr) : "memory"); }
static unsigned long get_msr(void) { unsigned long msr; asm volatile("mfmsr %0" : "=r"(msr)); return msr; }
"""
GIVEUP = """
void giveup_fpu(struct task_struct *tsk)
{
    %(first)s
    set_msr(get_msr() | 0x2000);
    save_regs(&tsk->thread.fp_state);
    tsk->thread.regs->msr &= ~(%(mask)s);
    set_msr(get_msr() & ~0x2000);
}
"""
SAVE = "\n".join(
    [
        ".globl save_regs",
        "save_regs:",
        *(f"stfd {n},{8 * n}(3)" for n in range(32)),
        "mffs 0",
        "stfd 0,256(3)",
        "blr\n",
    ]
)


def _compile(folder: Path, name: str, text: str, flags: list[str]) -> bytes:
    (folder / name).write_text(text)
    subprocess.run([ZIG, "clang", *flags, name, "-o", "out.o"], cwd=folder, check=True)
    return (folder / "out.o").read_bytes()


def _observe(folder: Path, *, mask: str = "0x2900", first: str = "", save: str = SAVE) -> Observation:
    probe, target = find_probe("fpu-giveup-fe"), find_target("pmac32")
    source = HEADER + GIVEUP % {"mask": mask, "first": first}
    objects = [_compile(folder, "process.c", source, C_FLAGS), _compile(folder, "fpu.S", save, S_FLAGS)]
    images = [read_object(elf, probe.structures) for elf in objects]
    return probe.run(link(images, {"cpu": 0, "mmu": 0}, target), target)


def test_good(tmp_path: Path) -> None:
    observation = _observe(tmp_path)
    assert (observation.verdict, observation.reason) == (Verdict.GOOD, "")


@pytest.mark.parametrize(
    ("mask", "left"),
    [
        ("0x2000", "ME FE0 FE1"),
        ("0x2100", "ME FE0"),
        ("0x2800", "ME FE1"),
        ("0x900", "FP ME"),
        ("0", "FP ME FE0 FE1"),
    ],
)
def test_every_bit_left_in_the_saved_msr_is_bad(tmp_path: Path, mask: str, left: str) -> None:
    observation = _observe(tmp_path, mask=mask)
    assert observation.verdict is Verdict.BAD
    assert observation.reason == (
        f"MSR: EE PR FP ME FE0 FE1 IR DR RI → EE PR {left} IR DR RI, expected EE PR ME IR DR RI"
    )


def test_the_instruction_that_wrote_the_msr_is_named(tmp_path: Path) -> None:
    instruction = _observe(tmp_path, mask="0x2000").evidence["instruction"]
    assert instruction["symbol"] == "giveup_fpu"
    assert int(instruction["word"], 16) >> 26 == 36  # stw (Power ISA 3.3.3)


@pytest.mark.parametrize("register", [0, 17, 31])
def test_a_register_that_is_not_saved_is_bad_and_named(tmp_path: Path, register: int) -> None:
    observation = _observe(tmp_path, save=SAVE.replace(f"stfd {register},{8 * register}(3)", "nop", 1))
    assert (observation.verdict, observation.reason) == (Verdict.BAD, f"not saved: f{register}")


def test_an_fpscr_that_is_not_saved_is_bad(tmp_path: Path) -> None:
    observation = _observe(tmp_path, save=SAVE.replace("mffs 0", "nop"))
    assert (observation.verdict, observation.reason) == (Verdict.BAD, "not saved: FPSCR")


def test_saving_without_enabling_the_fpu_is_bad(tmp_path: Path) -> None:
    fp_off = "mfmsr 4\nrlwinm 4,4,0,19,17\nmtmsr 4\n"
    observation = _observe(tmp_path, save=SAVE.replace("stfd 0,", f"{fp_off}stfd 0,", 1))
    assert observation.verdict is Verdict.BAD
    assert observation.reason == "giveup_fpu took interrupt 0x800 (at save_regs+0xc)"


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        ("if (nobody_defines_this) return;", "needs nobody_defines_this, which nothing in the unit defines"),
        ("nobody_defines_that();", "needs nobody_defines_that, which nothing in the unit defines"),
        ('for (;;) asm volatile("");', "ran 20000 instructions without return"),
        ("*(volatile int *)16 = 1;", "touched unmapped memory at 0x10"),
    ],
)
def test_what_says_nothing_about_the_msr_is_untestable(tmp_path: Path, first: str, reason: str) -> None:
    observation = _observe(tmp_path, first=first)
    assert observation.verdict is Verdict.UNTESTABLE
    assert reason in observation.reason


@pytest.mark.parametrize("kind", ["cpu", "mmu"])
def test_without_a_value_of_the_features_it_is_untestable(tmp_path: Path, kind: str) -> None:
    spec = """
    struct cpu_spec { unsigned long cpu_features, mmu_features; } *describes_the_type;
    extern struct cpu_spec *cur_cpu_spec;
    unsigned long reads(void) { return cur_cpu_spec->cpu_features; }
    """
    probe, target = find_probe("fpu-giveup-fe"), find_target("pmac32")
    source = HEADER + spec + GIVEUP % {"mask": "0x2900", "first": ""}
    objects = [_compile(tmp_path, "process.c", source, C_FLAGS), _compile(tmp_path, "fpu.S", SAVE, S_FLAGS)]
    program = link([read_object(elf, probe.structures) for elf in objects], {"cpu": 0, "mmu": 0}, target)
    assert probe.run(program, target).verdict is Verdict.GOOD
    known = {name: value for name, value in program.features.items() if name != kind}
    observation = probe.run(replace(program, features=known), target)
    assert observation.verdict is Verdict.UNTESTABLE
    assert observation.reason == f"the commit's headers give no {kind} features for pmac32"


def test_without_the_function_it_is_untestable(tmp_path: Path) -> None:
    probe, target = find_probe("fpu-giveup-fe"), find_target("pmac32")
    images = [
        read_object(
            _compile(tmp_path, "process.c", HEADER + "struct task_struct t; struct pt_regs r;", C_FLAGS),
            probe.structures,
        )
    ]
    observation = probe.run(link(images, {"cpu": 0, "mmu": 0}, target), target)
    assert (observation.verdict, observation.reason) == (
        Verdict.UNTESTABLE,
        "the unit has no function giveup_fpu",
    )
