# SPDX-License-Identifier: GPL-2.0-or-later
"""Supervisor state, interrupts and byte order of the 64-bit models."""

import pytest

from emulator import Machine, NotImplementedInstruction, Stop, Taken
from emulator.cpus import DR, EE, FE0, FP, HV, IR, LE, ME, PR, RI, SF, TM, TS, VEC, VSX

CODE = 0x1_0000
DATA = 0x2_0000
KERNEL = 0xC000_0000_0000_0000
MTMSRD, MTMSRD_L1, MTMSR = 0x7C60_0164, 0x7C61_0164, 0x7C60_0124  # from r3
RFID, HRFID, SC, SC1, NOP = 0x4C00_0024, 0x4C00_0224, 0x4400_0002, 0x4400_0022, 0x6000_0000
ILLEGAL = 0x0000_0000
TBEGIN, TRECLAIM, TRECHKPT = 0x7C00_051D, 0x7C00_075D, 0x7C00_07DD
FADD, XXLOR, BCTAR = 0xFC22_182A, 0xF000_0490, 0x4E80_0460
SRR0, SRR1, HSRR0, HSRR1, HEIR, FSCR, TAR, TEXASR, TEXASRU, TFHAR, TFIAR = (
    26, 27, 314, 315, 339, 153, 815, 130, 131, 128, 129,
)  # fmt: skip


def mfspr(n: int, rt: int = 3) -> int:
    return 31 << 26 | rt << 21 | (n & 31) << 16 | n >> 5 << 11 | 339 << 1


def mtspr(n: int, rs: int = 3) -> int:
    return mfspr(n, rs) + (128 << 1)


def machine(*words: int, cpu: str = "power8", msr: int = SF | HV, endian: str = "big") -> Machine:
    m = Machine(cpu, endian)
    m.memory.map(CODE, 0x1000)
    m.memory.map(DATA, 0x1000)
    m.memory.write(CODE, b"".join(w.to_bytes(4, endian) for w in words))  # type: ignore[arg-type]
    m.state.pc, m.state.msr = CODE, msr
    return m


def run(m: Machine, count: int = 1) -> Stop:
    return m.run(max_instructions=count)


def entered(m: Machine) -> Taken:
    """Run until an interrupt is taken; the processor is in the handler."""
    seen: list[Taken] = []

    def handler(_machine: Machine, taken: Taken) -> str:
        seen.append(taken)
        return "taken"

    m.on_interrupt(handler)
    assert m.run(max_instructions=8).reason == "taken"
    return seen[0]


@pytest.mark.parametrize("cpu", ["970", "power8"])
def test_addresses_wrap_and_cr0_looks_at_a_word_in_32_bit_mode(cpu: str) -> None:
    load = 0xE883_0008  # ld r4,8(r3)
    record = 0x7C64_1B79  # or. r4,r3,r3
    m = machine(load, record, cpu=cpu, msr=HV)
    m.memory.write(DATA + 8, (7).to_bytes(8))
    m.state.gpr[3] = 0xFFFF_FFFF_0000_0000 | DATA
    run(m)
    assert m.state.gpr[4] == 7
    m.state.gpr[3] = 0xFFFF_FFFF_0000_0000
    run(m)
    assert (m.state.gpr[4], m.state.crf[0]) == (0xFFFF_FFFF_0000_0000, 2)


@pytest.mark.parametrize("cpu", ["970", "power8"])
def test_an_interrupt_turns_sf_on_and_keeps_hv_and_me(cpu: str) -> None:
    m = machine(SC, cpu=cpu, msr=HV | ME | EE | FP | FE0 | VEC | RI)
    taken = entered(m)
    assert (taken.vector, taken.srr0, taken.srr1) == (0xC00, CODE + 4, HV | ME | EE | FP | FE0 | VEC | RI)
    assert (m.state.msr, m.state.pc) == (SF | HV | ME, 0xC00)
    assert (m.state.spr[SRR0], m.state.spr[SRR1]) == (taken.srr0, taken.srr1)


def test_sc_1_calls_the_hypervisor_and_sc_0_does_not() -> None:
    for word, hypervisor in ((SC, 0), (SC1, HV)):
        m = machine(word, msr=SF)
        entered(m)
        assert m.state.msr == SF | hypervisor


def test_an_illegal_word_goes_to_the_hypervisor_of_a_power8() -> None:
    m = machine(ILLEGAL, msr=SF | FP | RI)
    taken = entered(m)
    assert (taken.vector, taken.srr0, taken.srr1) == (0xE40, CODE, SF | FP | RI)
    assert (m.state.spr[HSRR0], m.state.spr[HSRR1], m.state.spr[HEIR]) == (CODE, SF | FP | RI, ILLEGAL)
    assert m.state.msr == SF | HV | RI
    assert m.state.spr[SRR0] == 0


def test_an_illegal_word_is_a_program_interrupt_of_a_970() -> None:
    stop = run(machine(ILLEGAL, cpu="970"))
    assert (stop.vector, stop.srr1) == (0x700, SF | HV | 0x8_0000)


@pytest.mark.parametrize("word", [MTMSRD, RFID, HRFID, mfspr(SRR0), mtspr(272)])
def test_privileged_instructions_interrupt_in_problem_state(word: int) -> None:
    stop = run(machine(word, msr=SF | PR))
    assert (stop.vector, stop.srr1) == (0x700, SF | PR | 0x4_0000)


def test_what_is_the_hypervisors_is_privileged_to_the_supervisor() -> None:
    stop = run(machine(HRFID, msr=SF))
    assert (stop.vector, stop.srr1) == (0x700, SF | 0x4_0000)


def test_mtmsr_leaves_the_high_word_and_mtmsrd_leaves_hv_me_and_le() -> None:
    m = machine(MTMSR, MTMSRD, MTMSRD_L1, msr=SF | HV | ME)
    m.state.gpr[3] = FP | VEC
    run(m)
    assert m.state.msr == SF | HV | ME | FP | VEC
    m.state.gpr[3] = SF | VSX | LE
    run(m)
    assert m.state.msr == SF | HV | ME | VSX
    m.state.gpr[3] = EE | RI | FP
    run(m)
    assert m.state.msr == SF | HV | ME | VSX | EE | RI


def test_problem_state_has_interrupts_and_translation_on() -> None:
    m = machine(RFID)
    m.state.spr[SRR0], m.state.spr[SRR1] = CODE + 0x103, SF | PR | FP
    run(m)
    assert (m.state.msr, m.state.pc) == (SF | PR | FP | EE | IR | DR, CODE + 0x100)


def test_rfid_cannot_turn_hv_on_and_hrfid_can_turn_it_off() -> None:
    m = machine(RFID, msr=SF)
    m.state.spr[SRR0], m.state.spr[SRR1] = CODE, SF | HV | ME
    run(m)
    assert m.state.msr == SF
    m = machine(HRFID)
    m.state.spr[HSRR0], m.state.spr[HSRR1] = CODE, SF
    run(m)
    assert m.state.msr == SF


def test_rfid_to_32_bit_mode_drops_the_high_half_of_the_address() -> None:
    m = machine(RFID)
    m.state.spr[SRR0], m.state.spr[SRR1] = KERNEL | CODE, HV
    run(m)
    assert m.state.pc == CODE


@pytest.mark.parametrize(("word", "srr0"), [(MTMSRD, CODE + 4), (RFID, CODE + 0x40)])
def test_turning_fe_on_with_fex_set_owes_the_floating_point_interrupt(word: int, srr0: int) -> None:
    m = machine(word)
    m.state.fpscr = 0x2100_0080 | 1 << 31  # VXSNAN enabled
    m.state.gpr[3] = m.state.spr[SRR1] = SF | HV | FE0
    m.state.spr[SRR0] = CODE + 0x40
    stop = run(m)
    assert (stop.vector, stop.srr0, stop.srr1) == (0x700, srr0, SF | HV | FE0 | 0x11_0000)


@pytest.mark.parametrize(
    ("word", "msr", "vector"),
    [(FADD, VEC | VSX, 0x800), (XXLOR, FP | VEC, 0xF40), (0x1000_0484, FP | VSX, 0xF20)],
)
def test_a_facility_that_is_off_interrupts_at_its_vector(word: int, msr: int, vector: int) -> None:
    stop = run(machine(word, msr=SF | HV | msr))
    assert (stop.vector, stop.srr0, stop.srr1) == (vector, CODE, SF | HV | msr)


@pytest.mark.parametrize(("word", "code"), [(mfspr(TAR), 8), (BCTAR, 8), (mfspr(3), 2), (mfspr(806), 7)])
def test_fscr_keeps_facilities_from_problem_state(word: int, code: int) -> None:
    m = machine(word, msr=SF | PR)
    assert entered(m).vector == 0xF60
    assert m.state.spr[FSCR] >> 56 == code
    m = machine(word, msr=SF | PR)
    m.state.spr[FSCR] = 1 << code
    assert run(m).reason == "limit"


def test_transactional_memory_wants_msr_tm() -> None:
    for word in (TBEGIN, mfspr(TFHAR)):
        m = machine(word)
        assert entered(m).vector == 0xF60
        assert m.state.spr[FSCR] >> 56 == 5


def test_a_transaction_fails_at_once_and_for_good() -> None:
    m = machine(TBEGIN, mfspr(TEXASR), mfspr(TEXASRU, 4), msr=SF | HV | TM)
    run(m, 3)
    assert m.state.crf[0] == 0b1010
    assert (m.state.spr[TFHAR], m.state.spr[TFIAR]) == (CODE + 4, CODE | 2)
    texasr = m.state.gpr[3]
    assert texasr >> 63 - 7 & 1 == 1, "persistent"
    assert texasr >> 63 - 36 & 1 == 1, "failure summary"
    assert m.state.gpr[4] == texasr >> 32


@pytest.mark.parametrize("word", [TRECLAIM, TRECHKPT])
def test_transactional_state_that_does_not_exist_is_a_bad_thing(word: int) -> None:
    stop = run(machine(word, msr=SF | HV | TM))
    assert (stop.vector, stop.srr1) == (0x700, SF | HV | TM | 0x20_0000)


def test_a_checkpoint_of_a_failed_transaction_is_not_implemented() -> None:
    m = machine(TBEGIN, TRECHKPT, msr=SF | HV | TM)
    with pytest.raises(NotImplementedInstruction, match="suspended"):
        run(m, 2)


def test_msr_ts_cannot_be_set_by_hand() -> None:
    m = machine(MTMSRD)
    m.state.gpr[3] = SF | TS
    stop = run(m)
    assert (stop.vector, stop.srr1) == (0x700, SF | HV | 0x20_0000)


@pytest.mark.parametrize("number", [1, 8, 9, 13, 256, 259, 268, 269, 768, 815, 896])
def test_problem_state_reads_what_is_the_users(number: int) -> None:
    m = machine(mfspr(number), msr=SF | PR)
    m.state.spr[FSCR] = 0xFFF
    assert run(m).reason == "limit"


@pytest.mark.parametrize(
    ("number", "msr", "vector"),
    [(18, PR, 0x700), (256 + 17, PR, 0x700), (480, PR, 0xE40), (0, HV, 0xE40)],
)
def test_other_registers_interrupt(number: int, msr: int, vector: int) -> None:
    assert run(machine(mfspr(number), msr=SF | msr)).vector == vector


@pytest.mark.parametrize("number", [480, 1000, 287])
def test_supervisors_get_past_registers_that_do_not_exist(number: int) -> None:
    m = machine(mtspr(number), mfspr(1000), msr=SF | HV)
    m.state.gpr[3] = 0x1234
    assert run(m, 2).reason == "limit"
    assert m.state.gpr[3] == 0x1234


def test_a_supervisor_does_not_see_the_hypervisors_registers() -> None:
    m = machine(mtspr(318), mfspr(318, 4), msr=SF)
    m.state.gpr[3], m.state.gpr[4] = 0x5555, 0x77
    run(m, 2)
    assert (m.state.spr[318], m.state.gpr[4]) == (0, 0x77)


def test_registers_that_show_others() -> None:
    spr = Machine("power8").state.spr
    spr[275] = 0x1234_5678_9ABC_DEF0
    assert spr[259] == spr[275]
    spr[898] = 0xAAAA
    assert spr[896] == 0xAAAA << 32
    spr[806] = 3
    spr[800] = 4
    spr[802] = 1
    spr[801] = 1 << 31
    assert spr[806] == 1 << 63 | 6


def test_the_time_base_is_one_register_of_64_bits() -> None:
    spr = Machine("power8").state.spr
    spr[285], spr[284] = 0x1234_5678, 0x9ABC_DEF0
    assert (spr[268], spr[269]) == (0x1234_5678_9ABC_DEF0, 0x1234_5678)
    spr[286] = 0xFFFF_FFFF_FF12_3456
    assert spr[268] == 0xFFFF_FFFF_FFBC_DEF0


def test_vsx_registers_show_fprs_and_vector_registers() -> None:
    state = Machine("power8").state
    state.vsr[3] = 0x1111 << 64 | 0x2222
    state.vsr[40] = 0x3333
    assert (state.fpr[3], state.vsr[3] & 0xFFFF, state.vr[8]) == (0x1111, 0x2222, 0x3333)
    assert len(tuple(state.vsr)) == 64


def test_a_little_endian_machine_runs_and_handles_interrupts_little_endian() -> None:
    m = machine(0x3860_1234, 0xF864_0000, SC, endian="little", msr=SF | HV | LE)  # li r3; std r3,0(r4); sc
    m.state.gpr[4] = DATA
    entered(m)
    assert m.memory.read(DATA, 8) == (0x1234).to_bytes(8, "little")
    assert m.state.msr == SF | HV | LE
    assert Machine("power8", "little").state.msr & LE


def test_the_other_byte_order_is_refused() -> None:
    with pytest.raises(NotImplementedInstruction, match="byte order"):
        run(machine(NOP, msr=SF | HV | LE))


@pytest.mark.parametrize("word", [0xBB83_0000, 0xBF83_0000, 0x7C83_44AA])  # lmw, stmw, lswi
def test_several_registers_are_alignment_interrupts_in_little_endian_mode(word: int) -> None:
    m = machine(word, endian="little", msr=SF | HV | LE)
    m.state.gpr[3] = DATA
    stop = run(m)
    assert (stop.vector, stop.address) == (0x600, DATA)


def test_dcbz_clears_128_bytes() -> None:
    m = machine(0x7C00_1FEC)  # dcbz 0,r3
    m.memory.write(DATA, b"\xff" * 512)
    m.state.gpr[3] = DATA + 200
    run(m)
    assert m.memory.read(DATA, 512) == b"\xff" * 128 + bytes(128) + b"\xff" * 256


def test_code_and_data_at_the_kernels_addresses() -> None:
    m = Machine("power8")
    m.memory.map(KERNEL, 0x2000)
    m.memory.write(KERNEL, (0x4800_0FF0).to_bytes(4))  # b .+0xff0
    m.memory.write(KERNEL + 0xFF0, (0x7C08_02A6).to_bytes(4))  # mflr r0
    m.state.pc = KERNEL
    assert m.run(until=KERNEL + 0xFF4).reason == "until"


def test_lpcr_ail_moves_the_vectors_where_translation_is_on() -> None:
    for msr, address, kept in ((IR | DR, KERNEL + 0x4C00, IR | DR), (DR, 0xC00, 0)):
        m = machine(SC, msr=SF | HV | msr)
        m.state.spr[318] = 3 << 23
        entered(m)
        assert (m.state.pc, m.state.msr) == (address, SF | HV | kept)


def test_the_hypervisor_decrementer_cannot_be_asked_to_interrupt() -> None:
    m = machine(mtspr(318))
    m.state.gpr[3] = 1
    with pytest.raises(NotImplementedInstruction, match="HDICE"):
        run(m)


def test_decimal_floating_point_is_known_but_not_implemented() -> None:
    with pytest.raises(NotImplementedInstruction, match="dadd"):
        run(machine(0xEC22_1804, msr=SF | HV | FP))


def test_a_request_to_a_coprocessor_is_known_but_not_implemented() -> None:
    with pytest.raises(NotImplementedInstruction, match="icswx RS=3 RA0=4 RB=5 Rc=1"):
        run(machine(0x7C64_2B2D))


def test_the_decimal_rounding_mode_is_kept_in_the_high_word_of_fpscr() -> None:
    m = machine(0xFFFE_0D8E, 0xFC40_048E, msr=SF | HV | FP)  # mtfsf 255,f1,1,0; mffs f2
    m.state.fpr[1] = 0x0000_0005_0000_0083
    run(m, 2)
    assert m.state.fpr[2] == m.state.fpr[1]


# From r4 + r5, to or from r3.
INHIBITED = {
    "lbzcix": 0x7C64_2EAA, "lhzcix": 0x7C64_2E6A, "lwzcix": 0x7C64_2E2A, "ldcix": 0x7C64_2EEA,
    "stbcix": 0x7C64_2FAA, "sthcix": 0x7C64_2F6A, "stwcix": 0x7C64_2F2A, "stdcix": 0x7C64_2FEA,
}  # fmt: skip


@pytest.mark.parametrize(("mnemonic", "size"), [("lbzcix", 1), ("lhzcix", 2), ("lwzcix", 4), ("ldcix", 8)])
def test_loads_that_pass_the_caches_by(mnemonic: str, size: int) -> None:
    m = machine(INHIBITED[mnemonic])
    m.memory.write(DATA + 16, bytes(range(0xF1, 0xF9)))
    m.state.gpr[4], m.state.gpr[5] = DATA, 16
    run(m)
    assert m.state.gpr[3] == int.from_bytes(bytes(range(0xF1, 0xF1 + size)))


@pytest.mark.parametrize(("mnemonic", "size"), [("stbcix", 1), ("sthcix", 2), ("stwcix", 4), ("stdcix", 8)])
def test_stores_that_pass_the_caches_by(mnemonic: str, size: int) -> None:
    m = machine(INHIBITED[mnemonic])
    m.state.gpr[3], m.state.gpr[4], m.state.gpr[5] = 0x0102_0304_0506_0708, DATA, 16
    run(m)
    assert m.memory.read(DATA + 16, 8) == bytes(range(9 - size, 9)) + bytes(8 - size)


@pytest.mark.parametrize("mnemonic", INHIBITED)
@pytest.mark.parametrize("msr", [SF, SF | PR, SF | HV | PR])
def test_only_the_hypervisor_passes_the_caches_by(mnemonic: str, msr: int) -> None:
    m = machine(INHIBITED[mnemonic], msr=msr)
    assert entered(m).vector == 0x700
