"""Invented customers with valid check digits; no two alike, so tests share one hub without meeting."""

import itertools
import random
from dataclasses import dataclass, field

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜谢邹窦章苏潘葛范彭"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂兰英华玉萍红鹏飞辉玲建国文斌宇浩凯健俊帆雪梅"

_numbers = itertools.count(random.SystemRandom().randrange(10_000, 20_000_000))
_random = random.Random(20260105)


def resident_id(body: str) -> str:
    """GB 11643: 17 digits and their check character."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def uscc(body: str) -> str:
    """GB 32100: 17 characters and their check character (the organization code's own is not looked at)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(alphabet.index(c) * w for c, w in zip(body, weights, strict=True))
    return body + alphabet[(31 - total % 31) % 31]


def org_code(body: str) -> str:
    """GB 11714: 8 characters and their check character."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    check = 11 - sum(int(c, 36) * w for c, w in zip(body, weights, strict=True)) % 11
    return body + "0123456789X0"[check]


@dataclass(frozen=True)
class Someone:
    """One person with a customer number in each system."""

    number: int = field(default_factory=lambda: next(_numbers))
    name: str = field(default_factory=lambda: _random.choice(SURNAMES) + "".join(_random.choices(GIVEN, k=2)))

    @property
    def core(self) -> str:
        return f"{self.number:012d}"

    @property
    def loan(self) -> str:
        return f"L{self.number:09d}"

    @property
    def ebank(self) -> str:
        return f"EB{self.number:08d}"

    @property
    def wealth(self) -> str:
        return f"W{self.number:09d}"

    @property
    def card(self) -> str:
        return f"K{self.number:08d}"

    @property
    def born(self) -> str:
        return f"19{60 + self.number % 40}{1 + self.number // 40 % 12:02d}{1 + self.number // 480 % 28:02d}"

    @property
    def resident_id(self) -> str:
        return resident_id(
            f"{110101 + self.number // 13_440_000 % 9}{self.born}{self.number // 13_440 % 1000:03d}"
        )

    @property
    def old_resident_id(self) -> str:
        """The 15-digit form of the same document."""
        return self.resident_id[:6] + self.resident_id[8:17]

    @property
    def passport(self) -> str:
        return f"E{self.number:08d}"

    @property
    def mobile(self) -> str:
        return f"139{self.number:08d}"

    @property
    def other_mobile(self) -> str:
        return f"138{self.number:08d}"

    @property
    def uscc(self) -> str:
        return uscc("91110105" + org_code(f"{self.number:08d}"))
