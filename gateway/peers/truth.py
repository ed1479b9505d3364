"""The bank's true customers: who they really are, which nobody in the bank ever sees.

As unkind as life: twins (same surname, address, birth date, often one family phone), namesakes (some born the
same day), names with the minority dot, characters that one charset lacks, passports, people without papers.
Each document and mobile number is made once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TypeAlias

from ecif.model import Value
from gateway.peers import names
from gateway.peers.documents import credit_code, resident_id

Knowledge: TypeAlias = dict[str, Value]


@dataclass(frozen=True)
class Customer:
    """A person or organization as it really is, in standard terms."""

    number: int
    facts: Knowledge

    @property
    def kind(self) -> str:
        return str(self.facts["kind"])


class Registry:
    """Makes the true customers, each document and mobile once."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._used: set[str] = set()

    def customers(self, count: int) -> list[Customer]:
        made: list[Customer] = []
        while len(made) < count:
            makers: Sequence[Callable[[], Sequence[Knowledge]]]
            makers = (self._single, self._company, self._twins, self._namesakes)
            for facts in self._rng.choices(makers, weights=(80, 14, 2, 4))[0]():
                made.append(Customer(len(made), facts))
        return made[:count]

    def _single(self) -> list[Knowledge]:
        person = self._person(self._name)
        return [self._foreigner(person) if self._rng.random() < 0.04 else person]

    def _twins(self) -> list[Knowledge]:
        """Same surname, address, birth date, often the same mobile; another given name and number."""
        first = self._person(lambda gender: self._surname() + self._rng.choice(names.GIVEN_MALE[:20]))
        region, born = str(first["document:resident_id"][0])[:6], _day(str(first["born"]))
        given = self._rng.choice([g for g in names.GIVEN_MALE[20:] if not str(first["name"]).endswith(g)])
        second = dict(first) | {
            "name": str(first["name"])[0] + given,
            "document:resident_id": (self._citizen(region, born, str(first["gender"])), "20401231"),
            "email": self._email(),
        }
        if self._rng.random() < 0.5:
            second["phone:mobile"] = self.mobile()
        return [first, second]

    def _namesakes(self) -> list[Knowledge]:
        """The same name, in one case of three the same birth date too; all else differs."""
        name = self._rng.choice(names.NAMESAKES)
        born = self._birthday()
        other = born if self._rng.random() < 0.33 else self._birthday()
        return [self._person(lambda gender: name, day) for day in (born, other)]

    def _person(self, name: Callable[[str], str], born: date | None = None) -> Knowledge:
        rng = self._rng
        gender = rng.choice(("male", "female"))
        born = born or self._birthday()
        region, place, postcode = rng.choice(names.REGIONS)
        facts: Knowledge = {
            "kind": "person", "status": "active", "name": name(gender), "born": f"{born:%Y%m%d}",
            "gender": gender,
            "phone:mobile": self.mobile(), "address:home": (self._street(place), postcode),
            "email": self._email(),
            "marital": rng.choice(("single", "married", "married", "divorced", "widowed")),
            "education": rng.choice(("postgraduate", "bachelor", "college", "high_school", "junior_high")),
            "employer": self._company_name(place), "annual_income": f"{rng.randrange(30, 900) * 1000}.00",
            "risk": f"R{rng.randrange(1, 6)}", "nationality": "CHN",
        }  # fmt: skip
        expiry = rng.choice(("20301231", "20351231", "20401231", "99991231"))
        return facts | {"document:resident_id": (self._citizen(region, born, gender), expiry)}

    def _foreigner(self, person: Knowledge) -> Knowledge:
        rng = self._rng
        del person["document:resident_id"]
        name = f"{rng.choice(names.FOREIGN)} {rng.choice('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}"
        number = self._fresh(lambda: f"{rng.choice('CEGL')}{rng.randrange(10**7, 10**8)}")
        return person | {"name": name, "nationality": "USA", "document:passport": (number, "20350630")}

    def _company(self) -> list[Knowledge]:
        rng = self._rng
        region, place, postcode = rng.choice(names.REGIONS)
        founded = date(1990, 1, 1) + timedelta(days=rng.randrange(12_000))
        body = self._fresh(lambda: f"MA{rng.randrange(10**5):05d}{rng.choice('ABCDEFGHJKLMNPQRTUWXY')}")
        return [{
            "kind": "organization", "status": "active", "name": self._company_name(place),
            "born": f"{founded:%Y%m%d}", "document:uscc": (credit_code(region, body), "99991231"),
            "phone:mobile": self.mobile(), "phone:work": f"010-{rng.randrange(6 * 10**7, 7 * 10**7)}",
            "address:registered": (self._street(place), postcode), "email": self._email(),
            "industry": rng.choice(("5164", "6510", "5810", "7242", "0111")),
            "risk": f"R{rng.randrange(1, 6)}",
            "rating": rng.choice(("AAA", "AA", "A", "BBB", "BB")),
        }]  # fmt: skip

    def _name(self, gender: str) -> str:
        draw = self._rng.random()
        if draw < 0.02:
            return self._rng.choice(names.MINORITY)
        given = self._rng.choice(names.GIVEN_MALE if gender == "male" else names.GIVEN_FEMALE)
        if draw < 0.05:
            given = self._rng.choice(names.RARE)
        surname = self._rng.choice(names.LONG_SURNAMES) if draw > 0.985 else self._surname()
        return surname + given

    def _surname(self) -> str:
        """The common ones often: the square of a draw leans to the front of the list."""
        return names.SURNAMES[int(self._rng.random() ** 2 * len(names.SURNAMES))]

    def _company_name(self, place: str) -> str:
        rng = self._rng
        brand = rng.choice(names.BRANDS) + rng.choice(names.BRANDS)
        return f"{brand}（{place[:2]}）{rng.choice(names.TRADES)}有限公司"

    def _birthday(self) -> date:
        return date(1945, 1, 1) + timedelta(days=self._rng.randrange(22_000))

    def _citizen(self, region: str, born: date, gender: str) -> str:
        def draw() -> str:
            return resident_id(region, born, self._rng.randrange(5, 499) * 2 + (gender == "male"))

        return self._fresh(draw)

    def _street(self, place: str) -> str:
        rng = self._rng
        house = f"{rng.choice(names.RESIDENCES)}{rng.randrange(1, 30)}栋{rng.randrange(101, 2900)}室"
        return f"{place}{rng.choice(names.STREETS)}{rng.randrange(1, 400)}号{house}"

    def _email(self) -> str:
        return self._fresh(lambda: f"c{self._rng.randrange(10**7):07d}@example.com")

    def mobile(self) -> str:
        prefix = ("130", "135", "138", "139", "150", "159", "186", "188")
        return self._fresh(lambda: f"{self._rng.choice(prefix)}{self._rng.randrange(10**8):08d}")

    def moved(self) -> Value:
        _, place, postcode = self._rng.choice(names.REGIONS)
        return (self._street(place), postcode)

    def _fresh(self, draw: Callable[[], str]) -> str:
        while (value := draw()) in self._used:
            pass
        self._used.add(value)
        return value


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))
