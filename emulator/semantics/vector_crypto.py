# SPDX-License-Identifier: GPL-2.0-or-later
"""AES, SHA-2 and carry-less products of ISA 2.07 (Power ISA Book I, 6.11; FIPS 197 and 180-4)."""

from collections.abc import Callable

from emulator.semantics.vector_lanes import Two, join, unsigned
from emulator.state import M32, M64, State

_POLYNOMIAL = 0x11B


def product(x: int, y: int) -> int:
    """Multiply without carries: polynomials over GF(2)."""
    r = 0
    while y:
        low = y & -y
        r ^= x * low
        y ^= low
    return r


def _field_product(x: int, y: int) -> int:
    """Multiply in the field of AES."""
    r = product(x, y)
    for bit in range(14, 7, -1):
        if r >> bit & 1:
            r ^= _POLYNOMIAL << bit - 8
    return r


def _substitute(x: int) -> int:
    """S-box of AES (FIPS 197, 5.1.1): the inverse, then an affine map."""
    inverse = next((y for y in range(256) if _field_product(x, y) == 1), 0)
    doubled = inverse << 8 | inverse
    return inverse ^ 0x63 ^ (doubled >> 7 ^ doubled >> 6 ^ doubled >> 5 ^ doubled >> 4) & 0xFF


_SBOX = bytes(map(_substitute, range(256)))
_INVERSE_SBOX = bytes(map(_SBOX.index, range(256)))
_TIMES = {f: bytes(_field_product(f, x) for x in range(256)) for f in (1, 2, 3, 9, 11, 13, 14)}
_ROWS = tuple(
    (4 * (i // 4 + i % 4) + i % 4) % 16 for i in range(16)
)  # a column is four bytes of the register
_INVERSE_ROWS = tuple(map(_ROWS.index, range(16)))


def _mix(state: bytes, factors: tuple[int, int, int, int]) -> int:
    """Multiply each column with the circulant matrix whose first row the factors are."""
    rows = [[_TIMES[factors[(j - i) % 4]] for j in range(4)] for i in range(4)]
    mixed = bytearray()
    for c in range(0, 16, 4):
        p, q, r, t = state[c : c + 4]
        mixed += bytes(w[p] ^ x[q] ^ y[r] ^ z[t] for w, x, y, z in rows)
    return int.from_bytes(mixed)


def _encrypted(a: int) -> bytes:
    state = a.to_bytes(16).translate(_SBOX)
    return bytes([state[i] for i in _ROWS])


def _decrypted(a: int) -> bytes:
    state = a.to_bytes(16).translate(_INVERSE_SBOX)
    return bytes([state[i] for i in _INVERSE_ROWS])


def cipher(a: int, b: int) -> int:
    """One round of encryption with round key B."""
    return _mix(_encrypted(a), (2, 3, 1, 1)) ^ b


def cipher_last(a: int, b: int) -> int:
    """The last round of encryption."""
    return int.from_bytes(_encrypted(a)) ^ b


def inverse_cipher(a: int, b: int) -> int:
    """One round of decryption: the key comes before the columns are mixed."""
    return _mix((int.from_bytes(_decrypted(a)) ^ b).to_bytes(16), (14, 11, 13, 9))


def inverse_cipher_last(a: int, b: int) -> int:
    """The last round of decryption."""
    return int.from_bytes(_decrypted(a)) ^ b


def vsbox(s: State, vrt: int, vra: int) -> None:
    """The S-box on every byte."""
    s.vr[vrt] = int.from_bytes(s.vr[vra].to_bytes(16).translate(_SBOX))


def polynomial_sums(width: int) -> Two:
    """Sum of two neighbours' carry-less products, of twice the width."""
    split = unsigned(width)

    def run(a: int, b: int) -> int:
        products = [product(x, y) for x, y in zip(split(a), split(b), strict=True)]
        r = 0
        for x, y in zip(products[::2], products[1::2], strict=True):
            r = r << 2 * width | x ^ y
        return r

    return run


def _rotated(width: int, mask: int, counts: tuple[int, int, int], *, shifted: bool) -> Callable[[int], int]:
    """Exclusive or of three rotations to the right, or of two and a shift."""
    i, j, k = counts

    def run(x: int) -> int:
        pair = x << width | x
        return (pair >> i ^ pair >> j ^ (x if shifted else pair) >> k) & mask

    return run


# By 2 * ST + the bit of SIX: small sigma 0 and 1, large sigma 0 and 1.
_SIGMA_WORD = (
    _rotated(32, M32, (7, 18, 3), shifted=True), _rotated(32, M32, (17, 19, 10), shifted=True),
    _rotated(32, M32, (2, 13, 22), shifted=False), _rotated(32, M32, (6, 11, 25), shifted=False),
)  # fmt: skip
_SIGMA_DOUBLEWORD = (
    _rotated(64, M64, (1, 8, 7), shifted=True), _rotated(64, M64, (19, 61, 6), shifted=True),
    _rotated(64, M64, (28, 34, 39), shifted=False), _rotated(64, M64, (14, 18, 41), shifted=False),
)  # fmt: skip
_WORDS, _DOUBLEWORDS = unsigned(32), unsigned(64)
_join_words, _join_doublewords = join(32), join(64)


def vshasigmaw(s: State, vrt: int, vra: int, st: int, six: int) -> None:
    """SHA-256 functions of words: bit i of SIX chooses for word i."""
    words = enumerate(_WORDS(s.vr[vra]))
    s.vr[vrt] = _join_words([_SIGMA_WORD[2 * st + (six >> 3 - i & 1)](w) for i, w in words])


def vshasigmad(s: State, vrt: int, vra: int, st: int, six: int) -> None:
    """SHA-512 functions of doublewords: bits 0 and 2 of SIX choose."""
    words = enumerate(_DOUBLEWORDS(s.vr[vra]))
    s.vr[vrt] = _join_doublewords([_SIGMA_DOUBLEWORD[2 * st + (six >> 3 - 2 * i & 1)](w) for i, w in words])
