"""The MACs that banks compute with DES: ANSI X9.9 (one key) and X9.19 (two halves, the "retail MAC").

Both are DES-CBC from a block of zeros over the message, zero-filled to a multiple of 8 (nothing is added when
it is one; nothing at all counts as one block of zeros): ISO 9797-1, padding method 1. X9.9 takes the last
block; X9.19 decrypts it with the right half and encrypts it again with the left, as triple DES with two keys
does to that last block, so the right half is needed for it alone. Only for sheets that demand it:
DES is broken by search, the retail MAC after 2**32 messages under one key.

OpenSSL 3 keeps single DES in its legacy provider; triple DES with one key three times is the same.
"""

from collections.abc import Callable

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK = 8
_ZEROS = bytes(_BLOCK)


def cbc_mac(key: bytes) -> Callable[[bytes], bytes]:
    """X9.9: all 8 bytes; its sheet usually takes the first 4."""
    single = TripleDES(3 * key)
    return lambda data: _last_block(single, _filled(data), _ZEROS)


def retail_mac(key: bytes) -> Callable[[bytes], bytes]:
    """X9.19: all 8 bytes."""
    left, both = TripleDES(3 * key[:_BLOCK]), TripleDES(key + key[:_BLOCK])

    def over(data: bytes) -> bytes:
        data = _filled(data)
        chained = _last_block(left, data[:-_BLOCK], _ZEROS)
        return _last_block(both, data[-_BLOCK:], chained)

    return over


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % _BLOCK) if data else _ZEROS


def _last_block(cipher: TripleDES, data: bytes, before: bytes) -> bytes:
    """CBC with `before` as what the first block is chained to."""
    return Cipher(cipher, CBC(before)).encryptor().update(data)[-_BLOCK:] if data else before
