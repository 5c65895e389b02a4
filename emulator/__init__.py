# SPDX-License-Identifier: GPL-2.0-or-later
"""A PowerPC processor in pure Python, exact in supervisor state and floating-point exceptions.

from emulator import Machine
m = Machine(cpu="7447a")
m.memory.map(0x10000, 0x1000)
m.memory.write(0x10000, bytes.fromhex("38600007"))  # li r3,7
m.state.pc = 0x10000
stop = m.run(until=0x10004, max_instructions=10_000)
"""

from emulator.cpus import CPUS
from emulator.errors import EmulatorError, MemoryFault, NotImplementedInstruction
from emulator.interrupts import Taken
from emulator.machine import Machine, Stop
from emulator.trace import TraceEvent

# Rises when a program may run differently than before: results stored under an older one are then not reused.
VERSION = "2"

__all__ = [
    "CPUS",
    "VERSION",
    "EmulatorError",
    "Machine",
    "MemoryFault",
    "NotImplementedInstruction",
    "Stop",
    "Taken",
    "TraceEvent",
]  # fmt: skip
