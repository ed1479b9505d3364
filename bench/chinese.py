"""A labelled population of a Chinese bank: the same people and companies as six systems know them.

For measuring matchers, so it is made of what goes wrong with names and numbers in such a bank: homophones,
look-alikes, traditional and Latin spellings, characters lost on the way through an EBCDIC page, 15-digit and
mistyped numbers, passports instead of identity cards, placeholders, old phones, moves, renames, twins,
namesakes, and two people under one number. Everything is invented; one seed, one population.

Written before any model was tuned on it. `python -m bench.chinese RECORDS SEED` writes CSV with the truth in
the last column, which no model reads.
"""

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from pypinyin import lazy_pinyin

from gateway.peers import names
from gateway.peers.documents import credit_code, mistyped, organization_code, resident_id

SYSTEMS = ("core", "loan", "ebank", "card", "wealth", "teller")
COLUMNS = (
    "record_id", "system", "kind", "name", "id_type", "id_number", "born", "gender", "mobile", "address",
    "email", "truth",
)  # fmt: skip
HOMOPHONES = (
    "伟炜玮", "静靖婧", "丽莉俐", "敏闽", "杰洁", "涛韬", "明铭", "华桦", "鑫欣心", "波博", "斌彬", "宇雨羽",
    "芳方", "娜纳", "艳燕雁", "玲铃伶", "萍平", "红虹宏", "梅玫", "琳林霖", "强墙", "磊垒", "军君钧", "勇永",
    "晓小", "婷庭", "怡仪宜", "佳嘉家", "思诗", "雅亚", "建健", "志智", "文雯", "轩萱", "俊峻", "浩昊",
    "飞菲",
)  # fmt: skip
LOOK_ALIKES = (
    "己已", "未末", "晴睛", "杨扬", "李季", "徐涂", "刘列", "陈阵", "静净", "玲珍", "伟纬", "涛铸", "宇字",
)  # fmt: skip
TRADITIONAL = dict(
    zip(
        "国华张陈刘杨赵孙马郑丽军红云龙飞东陆吴黄杰强静刚辉鹏鑫韩冯邓萧叶苏卢钟谭邹顾龚万钱严贺罗许",
        "國華張陳劉楊趙孫馬鄭麗軍紅雲龍飛東陸吳黃傑強靜剛輝鵬鑫韓馮鄧蕭葉蘇盧鍾譚鄒顧龔萬錢嚴賀羅許",
        strict=True,
    )
)
PLACEHOLDER_MOBILES = ("13800138000", "13900000000", "13000000000")


@dataclass(frozen=True)
class Customer:
    truth: int
    kind: str
    name: str
    number: str
    born: date
    gender: str
    mobile: str
    address: str
    passport: str = ""


# ---------------------------------------------------------------- who there is


def customers(count: int, chance: Random) -> Iterator[Customer]:
    """With twins and namesakes, one after the other."""
    made = 0
    while made < count:
        group = [_company(made, chance)] if chance.random() < 0.15 else _people(made, chance)
        yield from group[: count - made]
        made += len(group)


def _people(truth: int, chance: Random) -> list[Customer]:
    one = person(truth, chance)
    drawn = chance.random()
    if drawn < 0.01:
        return [one, _twin(truth + 1, one, chance)]
    if drawn < 0.03:
        return [one, replace(person(truth + 1, chance), name=one.name, gender=one.gender)]
    return [one]


def person(truth: int, chance: Random) -> Customer:
    born = date(1945, 1, 1) + timedelta(days=chance.randrange(62 * 365))
    male = chance.random() < 0.5
    region, place, _ = chance.choice(names.REGIONS)
    number = resident_id(region, born, chance.randrange(1, 499) * 2 + male)
    name = _name(chance, names.GIVEN_MALE if male else names.GIVEN_FEMALE)
    return Customer(
        truth, "P", name, number, born, "MF"[not male], _mobile(chance), _address(place, chance),
        f"E{chance.randrange(10**8):08d}",
    )  # fmt: skip


def _name(chance: Random, given: tuple[str, ...]) -> str:
    drawn = chance.random()
    if drawn < 0.02:
        return chance.choice(names.MINORITY)
    if drawn < 0.05:
        return _surname(chance) + chance.choice(names.RARE)
    second = chance.choice(given)[0] if chance.random() < 0.4 else ""
    return _surname(chance) + chance.choice(given) + second


def _surname(chance: Random) -> str:
    if chance.random() < 0.01:
        return chance.choice(names.LONG_SURNAMES)
    return names.SURNAMES[min(int(chance.expovariate(0.05)), len(names.SURNAMES) - 1)]


def _twin(truth: int, one: Customer, chance: Random) -> Customer:
    """Born the same day in the same place, brought up under one roof, one phone for the family."""
    order = int(one.number[14:17]) + 2
    number = resident_id(one.number[:6], one.born, order % 1000)
    given = names.GIVEN_MALE if one.gender == "M" else names.GIVEN_FEMALE
    name = one.name[0] + chance.choice([each for each in given if each[0] not in one.name])
    return replace(one, truth=truth, name=name, number=number, passport=f"E{chance.randrange(10**8):08d}")


def _company(truth: int, chance: Random) -> Customer:
    region, place, _ = chance.choice(names.REGIONS)
    city = place.split("市")[0].split("省")[-1].split("区")[-1]
    name = city + chance.choice(names.BRANDS) + chance.choice(names.BRANDS) + chance.choice(names.TRADES)
    form = chance.choice(("有限公司", "有限责任公司", "股份有限公司"))
    body = "MA" + "".join(chance.choice("0123456789ABCDEFGHJ") for _ in range(6))
    founded = date(1990, 1, 1) + timedelta(days=chance.randrange(34 * 365))
    return Customer(
        truth, "O", name + form, credit_code(region, body), founded, "", _mobile(chance),
        _address(place, chance), organization_code(body),
    )  # fmt: skip


def _mobile(chance: Random) -> str:
    return "1" + chance.choice(("39", "38", "36", "58", "77", "86", "89")) + f"{chance.randrange(10**8):08d}"


def _address(place: str, chance: Random) -> str:
    street, home = chance.choice(names.STREETS), chance.choice(names.RESIDENCES)
    house, block, flat = chance.randint(1, 200), chance.randint(1, 30), chance.randint(101, 2804)
    return f"{place}{street}{house}号{home}{block}栋{flat}室"


# ---------------------------------------------------------------- what systems make of them


def records(count: int, seed: int) -> Iterator[dict[str, str]]:
    """`count` records in the order in which systems send them: mixed."""
    chance = Random(seed)
    rows: list[dict[str, str]] = []
    before: Customer | None = None
    for customer in customers(count, chance):
        known = chance.sample(SYSTEMS, chance.choices((1, 2, 3, 4, 5, 6), (30, 30, 20, 12, 6, 2))[0])
        for system in known:
            rows.append(_record(customer, before, system, chance))
        before = customer
        if len(rows) >= count:
            break
    chance.shuffle(rows)
    for at, row in enumerate(rows[:count]):
        yield {"record_id": f"r{at:07d}", **row}


def _record(customer: Customer, other: Customer | None, system: str, chance: Random) -> dict[str, str]:
    id_type, number = _document(customer, other, chance)
    return {
        "system": system,
        "kind": customer.kind,
        "name": _written(customer, system, chance),
        "id_type": id_type,
        "id_number": number,
        "born": f"{customer.born:%Y%m%d}" if chance.random() < 0.85 else "",
        "gender": customer.gender if chance.random() < 0.9 else "",
        "mobile": _phone(customer, chance),
        "address": _place(customer, chance),
        "email": f"u{customer.truth}@example.com" if chance.random() < 0.25 else "",
        "truth": str(customer.truth),
    }


def _document(customer: Customer, other: Customer | None, chance: Random) -> tuple[str, str]:
    drawn = chance.random()
    kind = "resident_id" if customer.kind == "P" else "uscc"
    if drawn < 0.10:
        return "", ""
    if drawn < 0.16:
        return ("passport" if customer.kind == "P" else "org_code"), customer.passport
    if drawn < 0.19:
        return kind, _slip(customer.number, chance)
    if drawn < 0.195 and other is not None and other.kind == customer.kind:
        return kind, other.number  # two people under one number
    if drawn < 0.20:
        return kind, chance.choice("019") * 18
    if kind == "resident_id" and drawn < 0.26 and customer.born.year < 2000:
        return kind, customer.number[:6] + customer.number[8:17]
    return kind, customer.number


def _slip(number: str, chance: Random) -> str:
    at = chance.randrange(6, 15)
    if chance.random() < 0.3:
        return mistyped(number)
    if chance.random() < 0.5:
        return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    return number[:at] + chance.choice("0123456789") + number[at + 1 :]


def _written(customer: Customer, system: str, chance: Random) -> str:
    name, drawn = customer.name, chance.random()
    if customer.kind == "O":
        return _company_name(name, drawn)
    if drawn < 0.02:
        return _swapped(name, HOMOPHONES, chance)
    if drawn < 0.03:
        return _swapped(name, LOOK_ALIKES, chance)
    if drawn < 0.05:
        return "".join(TRADITIONAL.get(char, char) for char in name)
    if drawn < 0.08 and system in ("card", "ebank") and "·" not in name:
        return " ".join(["".join(lazy_pinyin(name[:1])), "".join(lazy_pinyin(name[1:]))]).upper()
    if drawn < 0.083:
        return name[0] + chance.choice(names.GIVEN_MALE + names.GIVEN_FEMALE)  # renamed
    if system in ("core", "wealth"):
        name = "".join("〓" if char in names.RARE else char for char in name)
    return name if chance.random() < 0.97 else name.replace("·", " ") + "　"


def _company_name(name: str, drawn: float) -> str:
    if drawn < 0.05:
        return name.replace("有限责任公司", "有限公司")
    if drawn < 0.08:
        return name.removesuffix("公司")
    if drawn < 0.10:
        return name[2:]
    return name


def _swapped(name: str, groups: tuple[str, ...], chance: Random) -> str:
    spots = [(at, group) for at, char in enumerate(name) for group in groups if char in group]
    if not spots:
        return name
    at, group = chance.choice(spots)
    return name[:at] + chance.choice([char for char in group if char != name[at]]) + name[at + 1 :]


def _phone(customer: Customer, chance: Random) -> str:
    drawn = chance.random()
    if drawn < 0.12:
        return ""
    if drawn < 0.15:
        return chance.choice(PLACEHOLDER_MOBILES)
    if drawn < 0.25:
        return _mobile(chance)  # an old one, or a new one
    return customer.mobile if drawn < 0.9 else f"+86 {customer.mobile}"


def _place(customer: Customer, chance: Random) -> str:
    drawn = chance.random()
    if drawn < 0.15:
        return ""
    if drawn < 0.25:
        return _address(chance.choice(names.REGIONS)[1], chance)  # moved
    if drawn < 0.35:
        return customer.address[3:].replace("号", "") if len(customer.address) > 12 else customer.address
    return customer.address


def main() -> None:
    count, seed = (int(text) for text in sys.argv[1:3])
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records(count, seed))


if __name__ == "__main__":
    main()
