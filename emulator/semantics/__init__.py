# SPDX-License-Identifier: GPL-2.0-or-later
"""What the instructions do: short functions, one an opcode, grouped by family.

A function takes the state and the operands in the order of its table line, and changes the state. Widths are
named through the state's masks, so that one function serves 32 and 64 bits. The translator (`translate`)
copies the bodies of these functions into the source of whole blocks, with the operands as constants: so they
are straight-line code with `if`, without `return`, and name registers as `s.gpr[operand]`.
"""
