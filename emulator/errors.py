# SPDX-License-Identifier: GPL-2.0-or-later
"""What can go wrong: in the caller's use, in the emulated memory, and inside the emulated processor."""


class EmulatorError(Exception):
    """Base of the errors that leave the package."""


class MemoryFault(EmulatorError):
    """An access to memory that is not mapped. Inside a run it becomes a DSI or ISI interrupt."""

    def __init__(self, address: int, *, store: bool = False) -> None:
        self.address = address
        self.store = store
        super().__init__(f"{'store to' if store else 'access to'} unmapped memory at {address:#x}")


class NotImplementedInstruction(EmulatorError):
    """A valid instruction, or a mode of the processor, that this core does not carry out."""


class Interrupt(Exception):
    """The processor takes an interrupt: raised by an instruction's semantics, caught by the run loop.

    `vector` is the offset (0x700), `cause` the bits for SRR1. SRR0 is the instruction itself, unless
    `completed` (the next one: system call, deferred interrupts) or `resume` says another address.
    `facility` is the code for FSCR[IC]. `hypervisor`: MSR[HV] is turned on (sc 1).
    """

    def __init__(  # noqa: PLR0913 — one keyword a fact
        self,
        vector: int,
        cause: int = 0,
        *,
        completed: bool = False,
        resume: int | None = None,
        address: int | None = None,
        dsisr: int = 0,
        facility: int = 0,
        hypervisor: bool = False,
    ) -> None:
        self.vector = vector
        self.cause = cause
        self.completed = completed
        self.resume = resume
        self.address = address
        self.dsisr = dsisr
        self.facility = facility
        self.hypervisor = hypervisor
        super().__init__(vector, cause)
