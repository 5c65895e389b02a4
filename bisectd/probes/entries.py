# SPDX-License-Identifier: GPL-2.0-or-later
"""The entry points that a semantic summary is about, and the conditions under which each is run: data."""

from dataclasses import dataclass, replace
from enum import Enum, auto

from bisectd.probes.facilities import Facility
from bisectd.probes.fpexc import DISABLED, PRECISE
from bisectd.probes.kernel import FMR

FP, VEC, VSX, SPE = Facility.FP, Facility.VEC, Facility.VSX, Facility.SPE
EVERYTHING = tuple(Facility)
ALL = "all"  # the heading of what deals with everything

VMX_MOVE = 0x1000_0484 | 31 << 21 | 31 << 16 | 31 << 11  # vor v31,v31,v31
VSX_MOVE = 0xF000_0497 | 1 << 21 | 1 << 16 | 1 << 11  # xxlor vs33,vs33,vs33
SPE_MOVE = 0x1000_0217 | 31 << 21 | 31 << 16 | 31 << 11  # evor r31,r31,r31


class Act(Enum):
    """How an entry point is called."""

    GIVE_UP = auto()  # with a task
    SAVE = auto()  # with a task
    STORE = auto()  # with a place to save to
    ENABLE = auto()  # with nothing, for the kernel's own use
    SWITCH = auto()  # with two tasks
    LOAD = auto()  # by a program's instruction, or with the registers of an interrupt
    MODE = auto()  # with a task and a mode, as prctl(PR_SET_FPEXC) does


@dataclass(frozen=True)
class Condition:
    """How the call finds the world. The plain one: a current user task owns what the entry is about.

    `wish`: the task's fpexc_mode; `often`: the task uses FP and AltiVec often (thread.load_fp, load_vec);
    `without`: the CPU has not got the facility, by its features.
    """

    name: str
    owns: bool = True
    owns_all: bool = False
    alternate: bool = False
    regs: bool = True
    current: bool = True
    without: Facility | None = None
    wish: str = "FE0 FE1"
    often: bool = True
    argument: int = 0


@dataclass(frozen=True)
class Entry:
    """A function; `facility` is the heading it stands under, `about` what it deals with.

    `word` is the instruction that makes a program need it. `needs_unit_on`: its caller switches the unit on.
    """

    facility: str
    function: str
    about: tuple[Facility, ...]
    act: Act
    conditions: tuple[Condition, ...]
    word: int = 0
    needs_unit_on: bool = False


PLAIN = Condition("owned")
TOGETHER = Condition("owned with all other facilities", owns_all=True)
NOT_OWNED = Condition("not owned", owns=False)
AREA = Condition("owned, alternate save area", alternate=True)
KERNEL_THREAD = Condition("owned, regs NULL", regs=False)
ANOTHER = Condition("owned, task not current", current=False)
NO_VSX = Condition("owned, CPU without VSX", without=VSX)
NO_VEC = Condition("owned, CPU without AltiVec", without=VEC)
QUIET = Condition("fpexc_mode 0", owns=False, wish="")
PRECISELY = Condition("fpexc_mode FE0 FE1", owns=False)
SELDOM = Condition("fpexc_mode FE0 FE1, used seldom", owns=False, often=False)
TO_PRECISE = Condition("PR_FP_EXC_PRECISE, FP owned", wish="", argument=PRECISE)
TO_DISABLED = Condition("PR_FP_EXC_DISABLED, FP owned", argument=DISABLED)

_UNIT = (PLAIN, TOGETHER, AREA, NOT_OWNED, NO_VSX, NO_VEC)
_FLUSH = (*_UNIT, KERNEL_THREAD, ANOTHER)
_MANY = (PLAIN, AREA, NOT_OWNED, KERNEL_THREAD, NO_VSX, NO_VEC)
_KERNEL = (PLAIN, TOGETHER, AREA, NOT_OWNED, KERNEL_THREAD)
_MODES = (QUIET, PRECISELY)
_SAVE = (PLAIN, AREA, NO_VSX)

ENTRIES = (
    Entry("FP", "giveup_fpu", (FP,), Act.GIVE_UP, _UNIT),
    Entry("FP", "flush_fp_to_thread", (FP,), Act.GIVE_UP, _FLUSH),
    Entry("FP", "enable_kernel_fp", (FP,), Act.ENABLE, _KERNEL),
    Entry("FP", "save_fpu", (FP,), Act.SAVE, _SAVE, needs_unit_on=True),
    Entry("FP", "store_fp_state", (FP,), Act.STORE, (PLAIN, NO_VSX)),
    Entry("FP", "load_up_fpu", (FP,), Act.LOAD, _MODES, word=FMR),
    Entry(
        "FP",
        "set_fpexc_mode",
        (FP,),
        Act.MODE,
        (
            TO_PRECISE,
            replace(TO_PRECISE, name="PR_FP_EXC_PRECISE, FP not owned", owns=False),
            TO_DISABLED,
            replace(TO_DISABLED, name="PR_FP_EXC_DISABLED, FP not owned", owns=False),
        ),
    ),
    Entry("VEC", "giveup_altivec", (VEC,), Act.GIVE_UP, (PLAIN, TOGETHER, AREA, NOT_OWNED)),
    Entry("VEC", "flush_altivec_to_thread", (VEC,), Act.GIVE_UP, (PLAIN, TOGETHER, AREA, NOT_OWNED, ANOTHER)),
    Entry("VEC", "enable_kernel_altivec", (VEC,), Act.ENABLE, _KERNEL),
    Entry("VEC", "save_altivec", (VEC,), Act.SAVE, (PLAIN, AREA), needs_unit_on=True),
    Entry("VEC", "store_vr_state", (VEC,), Act.STORE, (PLAIN,)),
    Entry("VEC", "load_up_altivec", (VEC,), Act.LOAD, (QUIET,), word=VMX_MOVE),
    Entry("VSX", "flush_vsx_to_thread", (FP, VEC, VSX), Act.GIVE_UP, (PLAIN, AREA, NOT_OWNED, ANOTHER)),
    Entry("VSX", "enable_kernel_vsx", (FP, VEC, VSX), Act.ENABLE, (PLAIN, AREA, NOT_OWNED)),
    Entry("VSX", "load_up_vsx", (FP, VEC, VSX), Act.LOAD, _MODES, word=VSX_MOVE),
    Entry("SPE", "flush_spe_to_thread", (SPE,), Act.GIVE_UP, (PLAIN, NOT_OWNED, KERNEL_THREAD, ANOTHER)),
    Entry("SPE", "enable_kernel_spe", (SPE,), Act.ENABLE, (PLAIN, NOT_OWNED)),
    Entry("SPE", "load_up_spe", (SPE,), Act.LOAD, (QUIET,), word=SPE_MOVE),
    Entry(ALL, "giveup_all", EVERYTHING, Act.GIVE_UP, _MANY),
    Entry(ALL, "flush_all_to_thread", EVERYTHING, Act.GIVE_UP, _MANY),
    Entry(ALL, "save_all", EVERYTHING, Act.SAVE, _MANY),
    Entry(ALL, "__switch_to", EVERYTHING, Act.SWITCH, (PLAIN, NOT_OWNED)),
    Entry(ALL, "restore_math", EVERYTHING, Act.LOAD, (*_MODES, SELDOM)),
)
ROOTS = tuple(entry.function for entry in ENTRIES)
