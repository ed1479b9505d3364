"""Numbers that prove who somebody is, made so that their check digits are right.

Written from the standards, not taken from `ecif.identity`: the population must not share a fault with what it
tests. GB 11643 (citizens): ISO 7064 MOD 11-2 over 17 digits. GB 32100 (organizations): weights 3^i mod 31
over 17 characters, of which 9 to 17 are the organization code (GB 11714) with a check digit of its own.
"""

from datetime import date

CITIZEN_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
CITIZEN_DIGITS = "10X98765432"
CODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
CODE_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100 leaves out I, O, S, V and Z."""


def resident_id(region: str, born: date, order: int) -> str:
    """The 18 characters for the `order`-th child (odd: a boy) registered that day in that region."""
    body = f"{region}{born:%Y%m%d}{order:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, CITIZEN_WEIGHTS, strict=True))
    return body + CITIZEN_DIGITS[total % 11]


def organization_code(body: str) -> str:
    """Eight characters and their check digit."""
    total = sum(CODE_ALPHABET.index(char) * weight for char, weight in zip(body, CODE_WEIGHTS, strict=True))
    check = 11 - total % 11
    return body + {10: "X", 11: "0"}.get(check, str(check))


def credit_code(region: str, body: str) -> str:
    """A company's unified social credit code around the organization code of `body`."""
    text = f"91{region}{organization_code(body)}"
    total = sum(CREDIT_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(text))
    return text + CREDIT_ALPHABET[(31 - total % 31) % 31]


def mistyped(number: str) -> str:
    """The same number with a wrong check digit, as a clerk's slip leaves it."""
    return number[:-1] + ("1" if number[-1] != "1" else "2")
