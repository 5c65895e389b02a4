# SPDX-License-Identifier: GPL-2.0-or-later
"""AltiVec instructions."""

from emulator.opcodes.line import line, va, vx, x
from emulator.semantics import vector as v
from emulator.semantics import vector_memory as m

# fmt: off
LINES = (
    line("lvsl",    x(31, 6),   "VRT RA0 RB",  "RA0 RB > VRT",            m.lvsl, "altivec"),
    line("lvebx",   x(31, 7),   "VRT RA0 RB",  "VRT RA0 RB memory > VRT", m.lvebx, "altivec"),
    line("lvsr",    x(31, 38),  "VRT RA0 RB",  "RA0 RB > VRT",            m.lvsr, "altivec"),
    line("lvehx",   x(31, 39),  "VRT RA0 RB",  "VRT RA0 RB memory > VRT", m.lvehx, "altivec"),
    line("lvewx",   x(31, 71),  "VRT RA0 RB",  "VRT RA0 RB memory > VRT", m.lvewx, "altivec"),
    line("lvx",     x(31, 103), "VRT RA0 RB",  "RA0 RB memory > VRT",     m.lvx, "altivec"),
    line("stvebx",  x(31, 135), "VRS RA0 RB",  "VRS RA0 RB > memory",     m.stvebx, "altivec"),
    line("stvehx",  x(31, 167), "VRS RA0 RB",  "VRS RA0 RB > memory",     m.stvehx, "altivec"),
    line("stvewx",  x(31, 199), "VRS RA0 RB",  "VRS RA0 RB > memory",     m.stvewx, "altivec"),
    line("stvx",    x(31, 231), "VRS RA0 RB",  "VRS RA0 RB > memory",     m.stvx, "altivec"),
    line("lvxl",    x(31, 359), "VRT RA0 RB",  "RA0 RB memory > VRT",     m.lvx, "altivec"),
    line("stvxl",   x(31, 487), "VRS RA0 RB",  "VRS RA0 RB > memory",     m.stvx, "altivec"),

    line("vperm",   va(43),     "VRT VRA VRB VRC", "VRA VRB VRC > VRT",   v.vperm, "altivec"),
    line("vsel",    va(42),     "VRT VRA VRB VRC", "VRA VRB VRC > VRT",   v.vsel, "altivec"),
    line("vsldoi",  va(44),     "VRT VRA VRB SHB", "VRA VRB > VRT",       v.vsldoi, "altivec"),
    line("vspltb",  vx(524),    "VRT VRB UIM", "VRB > VRT",               v.vspltb, "altivec"),
    line("vsplth",  vx(588),    "VRT VRB UIM", "VRB > VRT",               v.vsplth, "altivec"),
    line("vspltw",  vx(652),    "VRT VRB UIM", "VRB > VRT",               v.vspltw, "altivec"),
    line("vspltisb", vx(780),   "VRT SIM",     "> VRT",                   v.vspltisb, "altivec"),
    line("vspltish", vx(844),   "VRT SIM",     "> VRT",                   v.vspltish, "altivec"),
    line("vspltisw", vx(908),   "VRT SIM",     "> VRT",                   v.vspltisw, "altivec"),
    line("vand",    vx(1028),   "VRT VRA VRB", "VRA VRB > VRT",           v.vand, "altivec"),
    line("vandc",   vx(1092),   "VRT VRA VRB", "VRA VRB > VRT",           v.vandc, "altivec"),
    line("vor",     vx(1156),   "VRT VRA VRB", "VRA VRB > VRT",           v.vor, "altivec"),
    line("vxor",    vx(1220),   "VRT VRA VRB", "VRA VRB > VRT",           v.vxor, "altivec"),
    line("vnor",    vx(1284),   "VRT VRA VRB", "VRA VRB > VRT",           v.vnor, "altivec"),
    line("mfvscr",  vx(1540),   "VRT",         "vscr > VRT",              v.mfvscr, "altivec"),
    line("mtvscr",  vx(1604),   "VRB",         "VRB > vscr",              v.mtvscr, "altivec"),
)
# fmt: on
