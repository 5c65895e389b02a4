# SPDX-License-Identifier: GPL-2.0-or-later
"""Supervisor, cache and TLB instructions of Book E and the e500."""

from emulator.opcodes.line import line, x
from emulator.semantics import booke as b
from emulator.semantics import system as y

# fmt: off
LINES = (
    line("rfmci",    x(19, 38),  "",        "spr > msr pc",        b.rfmci, "booke", privileged=True, ends="1"),
    line("rfci",     x(19, 51),  "",        "spr > msr pc",        b.rfci, "booke", privileged=True, ends="1"),
    line("wrtee",    x(31, 131), "RS",      "RS msr > msr",        b.wrtee, "booke", privileged=True, ends="1"),
    line("wrteei",   x(31, 163), "EE",      "msr > msr",           b.wrteei, "booke", privileged=True, ends="1"),
    line("dcbi",     x(31, 470), "RA0 RB",  "RA0 RB memory >",     y.touch_block, "booke", privileged=True),
    line("icbt",     x(31, 22),  "",        ">",                   y.hint, "booke"),
    line("tlbivax",  x(31, 786), "",        ">",                   y.hint, "booke", privileged=True),
    line("tlbsx",    x(31, 914), "",        "> spr",               b.tlb_search, "booke", privileged=True),
    line("tlbre",    x(31, 946), "",        "> spr",               b.tlb_search, "booke", privileged=True),
    line("tlbsync",  x(31, 566), "",        ">",                   y.hint, "booke", privileged=True),
    line("tlbwe",    x(31, 978), "",        ">",                   y.hint, "booke", privileged=True),
    line("dcbtls",   x(31, 166), "RA0 RB",  "RA0 RB msr memory >", b.lock_data, "e500"),
    line("dcbtstls", x(31, 134), "RA0 RB",  "RA0 RB msr memory >", b.lock_data, "e500"),
    line("dcblc",    x(31, 390), "RA0 RB",  "RA0 RB msr memory >", b.lock_data, "e500"),
    line("icbtls",   x(31, 486), "RA0 RB",  "RA0 RB msr memory >", b.lock_code, "e500"),
    line("icblc",    x(31, 230), "RA0 RB",  "RA0 RB msr memory >", b.lock_code, "e500"),
    line("bblels",   x(31, 518), "",        "msr >",               b.lock_branch, "e500"),
    line("bbelr",    x(31, 550), "",        "msr >",               b.lock_branch, "e500"),
    line("mfpmr",    x(31, 334), "RT PMR",  "msr spr > RT",        b.mfpmr, "e500"),
    line("mtpmr",    x(31, 462), "PMR RS",  "msr RS > spr",        b.mtpmr, "e500"),
)
# fmt: on
