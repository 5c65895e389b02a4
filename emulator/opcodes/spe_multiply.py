# SPDX-License-Identifier: GPL-2.0-or-later
"""SPE multiplication: one opcode for each way to multiply, factor and use of the accumulator.

The lowest four bits of the extended opcode are the same code in all families: 8 modulo, 4 odd halfwords,
3 fraction, 1 signed integer, 0 unsigned integer.
"""

from emulator.opcodes.line import Line, line, vx
from emulator.semantics import spe_multiply as p
from emulator.semantics.spe_multiply import KINDS

_CODE = {"usi": 0, "ssi": 1, "ssf": 3, "umi": 8, "smi": 9, "smf": 11}
_PLAIN = ("ssf", "umi", "smi", "smf")
_SUMS = tuple(_CODE)
_MODULO = ("umi", "smi", "smf")
_INTEGER_SUMS = ("usi", "ssi", "umi", "smi")
_HALVES = (("e", 0, p.even), ("o", 4, p.odd))


def _plain(name: str, code: int, semantics: p.Semantics3, kind: str, acc: str = "") -> Line:
    status = " spefscr" if KINDS[kind].saturates else ""
    return line(name, vx(code), "RT RA RB", f"RA RB{status} > RT{acc}{status}", semantics, "spe")


def _sum(name: str, code: int, semantics: p.Semantics3, kind: str) -> Line:
    status = " spefscr" if KINDS[kind].saturates else ""
    return line(name, vx(code), "RT RA RB", f"RA RB acc{status} > RT acc{status}", semantics, "spe")


def _register(name: str, code: int, kind: str, sign: int) -> Line:
    status = " spefscr" if KINDS[kind].saturates else ""
    semantics = p.register_to_words(KINDS[kind], sign)
    return line(name, vx(code), "RT RA", f"RA acc{status} > RT acc{status}", semantics, "spe")


# fmt: off
LINES = (
    *(_plain(f"evmh{h}{k}{a}", 1024 + 32 * bool(a) + odd + _CODE[k], p.halves(KINDS[k], half, accumulate=bool(a)), k, a and " acc")
      for h, odd, half in _HALVES for k in _PLAIN for a in ("", "a")),
    *(_sum(f"evmh{h}{k}{a}w", code + odd + _CODE[k], p.halves_to_words(KINDS[k], half, sign), k)
      for h, odd, half in _HALVES for k in _SUMS for a, code, sign in (("aa", 1280, 1), ("an", 1408, -1))),
    *(_sum(f"evmh{h}g{k}{a}", code + odd + _CODE[k], p.half_guarded(KINDS[k], half, sign), k)
      for h, odd, half in _HALVES for k in _MODULO for a, code, sign in (("aa", 1312, 1), ("an", 1440, -1))),
    *(_plain(f"evmwh{k}{a}", 1092 + 32 * bool(a) + _CODE[k], p.words_high(KINDS[k], accumulate=bool(a)), k, a and " acc")
      for k in _PLAIN for a in ("", "a")),
    *(_plain(f"evmwlumi{a}", 1096 + 32 * bool(a), p.words_low(KINDS["umi"], accumulate=bool(a)), "umi", a and " acc")
      for a in ("", "a")),
    *(_sum(f"evmwl{k}{a}w", code + _CODE[k], p.words_low_to_words(KINDS[k], sign), k)
      for k in _INTEGER_SUMS for a, code, sign in (("aa", 1344, 1), ("an", 1472, -1))),
    *(_plain(f"evmw{k}{a}", 1104 + 32 * bool(a) + _CODE[k], p.word(KINDS[k], accumulate=bool(a)), k, a and " acc")
      for k in _PLAIN for a in ("", "a")),
    *(_sum(f"evmw{k}{a}", code + _CODE[k], p.word_to_accumulator(KINDS[k], sign), k)
      for k in _PLAIN for a, code, sign in (("aa", 1360, 1), ("an", 1488, -1))),
    *(_register(f"ev{name}{k}aaw", code + _CODE[k], k, sign)
      for name, code, sign in (("add", 1216, 1), ("subf", 1218, -1)) for k in _INTEGER_SUMS),
    line("evmra", vx(1220), "RT RA", "RA > RT acc", p.evmra, "spe"),
)
# fmt: on
