# SPDX-License-Identifier: GPL-2.0-or-later
"""Supervisor, cache, TLB and synchronization instructions."""

from emulator.opcodes.line import line, x
from emulator.semantics import system as y

_CLOCK = "(w >> 16 & 31 | w >> 6 & 0x3E0) in (22, 54, 268, 269, 284, 285, 336, 340, 526, 527)"  # DEC, TB and the timers of Book E

# fmt: off
LINES = (
    line("rfi",     x(19, 50),   "",       "spr fpscr > msr pc", y.rfi, "supervisor32", privileged=True, ends="1"),
    line("isync",   x(19, 150),  "",       ">",                  y.hint, ends="1"),
    line("mfmsr",   x(31, 83),   "RT",     "msr > RT",           y.mfmsr, privileged=True),
    line("mtmsr",   x(31, 146),  "RS",     "RS fpscr > msr",     y.mtmsr, "supervisor32", privileged=True, ends="1"),
    line("mtsr",    x(31, 210),  "SR RS",  "RS > segment",       y.mtsr, "book3s", privileged=True),
    line("mtsrin",  x(31, 242),  "RS RB",  "RS RB > segment",    y.mtsrin, "book3s", privileged=True),
    line("mfsr",    x(31, 595),  "RT SR",  "segment > RT",       y.mfsr, "book3s", privileged=True),
    line("mfsrin",  x(31, 659),  "RT RB",  "RB segment > RT",    y.mfsrin, "book3s", privileged=True),
    line("mfspr",   x(31, 339),  "RT SPR", "spr lr ctr xer msr time > RT", y.mfspr, ends=_CLOCK),
    line("mtspr",   x(31, 467),  "SPR RS", "RS msr > spr lr ctr xer time", y.mtspr, ends=_CLOCK),
    line("mftb",    x(31, 371),  "RT SPR", "time > RT",          y.mftb, "time", ends="1"),
    line("dcbst",   x(31, 54),   "RA0 RB", "RA0 RB memory >",    y.touch_block),
    line("dcbf",    x(31, 86),   "RA0 RB", "RA0 RB memory >",    y.touch_block),
    line("dcbtst",  x(31, 246),  "",       ">",                  y.hint),
    line("dcbt",    x(31, 278),  "",       ">",                  y.hint),
    line("dcbi",    x(31, 470),  "RA0 RB", "RA0 RB memory >",    y.touch_block, "book3s32", privileged=True),
    line("dcba",    x(31, 758),  "",       ">",                  y.hint, "dcba"),
    line("dcbz",    x(31, 1014), "RA0 RB", "RA0 RB > memory",    y.dcbz),
    line("icbi",    x(31, 982),  "RA0 RB", "RA0 RB memory > code", y.icbi, ends="1"),
    line("dst",     x(31, 342),  "",       ">",                  y.hint, "streams"),
    line("dstst",   x(31, 374),  "",       ">",                  y.hint, "streams"),
    line("dss",     x(31, 822),  "",       ">",                  y.hint, "streams"),
    line("tlbie",   x(31, 306),  "",       ">",                  y.tlb, "book3s", privileged=True),
    line("tlbsync", x(31, 566),  "",       ">",                  y.tlb, "book3s", privileged=True),
    line("tlbld",   x(31, 978),  "",       ">",                  y.hint, "tlb7450", privileged=True),
    line("tlbli",   x(31, 1010), "",       ">",                  y.hint, "tlb7450", privileged=True),
    line("sync",    x(31, 598),  "",       ">",                  y.hint),
    line("eieio",   x(31, 854),  "",       ">",                  y.hint),
    line("eciwx",   x(31, 310),  "RT RA0 RB", "RA0 RB memory > RT", None, "book3s32"),
    line("ecowx",   x(31, 438),  "RS RA0 RB", "RS RA0 RB > memory", None, "book3s32"),
)
# fmt: on
