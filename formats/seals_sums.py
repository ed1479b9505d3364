"""Check sums: they find what a line has damaged, and prove nothing about who sent it.

A CRC has many variants, and "CRC-16" on a sheet says little: the one that gives the sheet's check value is
meant. Each is a few numbers (R. Williams, "A painless guide to CRC error detection algorithms", 1993); names
and the value of `123456789` are those of the catalogue at reveng.sourceforge.io.

| variant | also called | check |
|---|---|---|
| 16 arc | CRC-16, IBM | BB3D |
| 16 ibm-3740 | CCITT-FALSE | 29B1 |
| 16 ibm-sdlc | X-25, HDLC, PPP's FCS | 906E |
| 16 kermit | CCITT | 2189 |
| 16 modbus | | 4B37 |
| 16 usb | | B4C8 |
| 16 xmodem | ZMODEM | 31C3 |
| 32 iso-hdlc | CRC-32, PKZIP, Ethernet | CBF43926 |
| 32 bzip2 | | FC891918 |
| 32 cksum | POSIX, without the length | 765E7680 |
| 32 iscsi | CRC-32C, Castagnoli | E3069283 |
| 32 mpeg-2 | | 0376E6E7 |
"""

from collections.abc import Callable
from functools import reduce
from operator import xor
from typing import Literal, NamedTuple


class Crc(NamedTuple):
    width: int
    polynomial: int
    start: int
    reflected: bool
    """Lowest bit first, in and out."""
    last: int
    """What the result is exclusive-or'ed with."""


CRC_16 = {
    "arc": Crc(16, 0x8005, 0x0000, True, 0x0000),
    "ibm-3740": Crc(16, 0x1021, 0xFFFF, False, 0x0000),
    "ibm-sdlc": Crc(16, 0x1021, 0xFFFF, True, 0xFFFF),
    "kermit": Crc(16, 0x1021, 0x0000, True, 0x0000),
    "modbus": Crc(16, 0x8005, 0xFFFF, True, 0x0000),
    "usb": Crc(16, 0x8005, 0xFFFF, True, 0xFFFF),
    "xmodem": Crc(16, 0x1021, 0x0000, False, 0x0000),
}
CRC_32 = {
    "iso-hdlc": Crc(32, 0x04C11DB7, 0xFFFFFFFF, True, 0xFFFFFFFF),
    "bzip2": Crc(32, 0x04C11DB7, 0xFFFFFFFF, False, 0xFFFFFFFF),
    "cksum": Crc(32, 0x04C11DB7, 0x00000000, False, 0xFFFFFFFF),
    "iscsi": Crc(32, 0x1EDC6F41, 0xFFFFFFFF, True, 0xFFFFFFFF),
    "mpeg-2": Crc(32, 0x04C11DB7, 0xFFFFFFFF, False, 0x00000000),
}


def crc(declared: Crc, order: Literal["big", "little"]) -> Callable[[bytes], bytes]:
    register = _lowest_first(declared) if declared.reflected else _highest_first(declared)
    last, size = declared.last, declared.width // 8
    return lambda data: (register(data) ^ last).to_bytes(size, order)


def _lowest_first(declared: Crc) -> Callable[[bytes], int]:
    polynomial = int(f"{declared.polynomial:0{declared.width}b}"[::-1], 2)
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ polynomial if value & 1 else value >> 1
        table.append(value)

    def register(data: bytes) -> int:
        value = declared.start
        for byte in data:
            value = value >> 8 ^ table[(value ^ byte) & 0xFF]
        return value

    return register


def _highest_first(declared: Crc) -> Callable[[bytes], int]:
    polynomial, above, top = declared.polynomial, declared.width - 8, 1 << declared.width - 1
    most = (1 << declared.width) - 1
    table = []
    for byte in range(256):
        value = byte << above
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & most
        table.append(value)

    def register(data: bytes) -> int:
        value = declared.start
        for byte in data:
            value = (value << 8 & most) ^ table[value >> above ^ byte]
        return value

    return register


def lrc_xor(data: bytes) -> bytes:
    return bytes([reduce(xor, data, 0)])


def lrc_sum(data: bytes) -> bytes:
    return bytes([-sum(data) & 0xFF])
