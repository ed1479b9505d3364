"""Customers for load: who is known to which system, as fields of that system's customer message.

Not the demo's population: no dirt and no races, so that every message is acknowledged and what is measured
is the work of the hub. A third of the customers is known to two systems and a tenth to all three. Of the
images after a record's first one, every second one changes how to reach the customer or the risk level, which
makes a new golden version; the others change a balance only, or nothing. Messages of one record keep their
order, because one line sends them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Fields: TypeAlias = dict[str, Any]
Record: TypeAlias = tuple[str, int]
"""(system, customer)"""

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲华丹萍建国红志海山"
SENT_AT = "20260105093000"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def resident_id(customer: int) -> str:
    """A valid 18-digit number (GB 11643) of its own for each customer."""
    born = f"{1950 + customer % 50}{1 + customer % 12:02d}{1 + customer % 28:02d}"
    body = f"110101{born}{customer // 100 % 1000:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def person(customer: int) -> tuple[str, str, str]:
    """Name, resident identity number, birth date."""
    name = SURNAMES[customer % 20] + GIVEN[customer % 36] + GIVEN[customer // 36 % 36]
    number = resident_id(customer)
    return name, number, number[6:14]


def records(customers: int) -> Iterator[Record]:
    """Which systems know which customer: the first always, the second a third, the third a tenth."""
    systems = ("core", "ebank", "loan")
    for customer in range(customers):
        first = customer % 3
        yield systems[first], customer
        if customer % 3 == 0 or customer % 10 == 0:
            yield systems[(first + 1) % 3], customer
        if customer % 10 == 0:
            yield systems[(first + 2) % 3], customer


def mobile(customer: int, seq: int) -> str:
    return f"139{customer % 10000:04d}{seq // 2:04d}"


def risk(seq: int) -> int:
    return 1 + seq // 2 % 5


def core(customer: int, seq: int) -> Fields:
    name, number, born = person(customer)
    account = {
        "ACCT-NO": f"6200{customer:015d}", "ACCT-PRODUCT": "D001", "ACCT-CCY": "CNY",
        "ACCT-BALANCE": f"{1000 + seq}.50", "ACCT-OPENED": "20200101", "ACCT-STATUS": "A",
    }  # fmt: skip
    return {
        "MSG-TYPE": "CU01", "MSG-ID": f"C{customer:09d}{seq:06d}", "MSG-SENT-AT": SENT_AT,
        "CUST-NO": f"{customer:012d}", "CUST-SEQ": seq, "CUST-KIND": "P", "CUST-STATUS": "A",
        "CUST-NAME": name, "CUST-ID-TYPE": "01", "CUST-ID-NO": number, "CUST-ID-EXPIRY": "20350101",
        "CUST-BIRTH-OR-FOUNDED": born, "CUST-SEX": "M", "CUST-MOBILE": mobile(customer, seq),
        "CUST-ADDRESS": f"北京市东城区试验路{customer}号", "CUST-POSTCODE": "100010",
        "CUST-RISK": f"R{risk(seq)}", "CUST-BRANCH": "230102", "CUST-MANAGER": "M0000017",
        "ACCT": [account],
    }  # fmt: skip


def loan(customer: int, seq: int) -> Fields:
    name, number, born = person(customer)
    return {
        "TYPE": "LN10", "SERIAL": f"LN{customer:010d}{seq:06d}", "SENT_AT": SENT_AT, "DUP": "0",
        "CUST_NO": f"L{customer:09d}", "SEQ": seq, "KIND": "1", "STATUS": "1", "NAME": name, "ID_TYPE": "10",
        "ID_NO": number, "BORN_OR_FOUNDED": born, "SEX": "1", "MARITAL": "20", "EDUCATION": "20",
        "MOBILE": mobile(customer, seq), "ADDR_USE": "02",
        "ADDRESS": f"北京市西城区试验路{customer}号", "POSTCODE": "100032", "EMPLOYER": "试验贸易有限公司",
        "ANNUAL_INCOME": "120000.00", "RELATION": None,
        "LOAN": [{
            "CONTRACT": f"HT-{customer:010d}", "PRODUCT": "PL01", "CCY": "CNY",
            "OUTSTANDING": f"{9000 - seq}.00", "DRAWN_ON": "20250301", "STATUS": "1", "GRADE": "N",
        }],
    }  # fmt: skip


def ebank(customer: int, seq: int) -> Fields:
    name, number, born = person(customer)
    return {
        "type": "0x20", "id": f"{customer:020x}{seq:012x}", "flags": 0, "time": SENT_AT,
        "number": f"EB{customer:08d}", "seq": seq, "kind": 1, "name": name, "born": born, "gender": 1,
        "documents": [{"type": 1, "number": number, "expiry": "20350101"}],
        "phones": [{"use": 1, "number": mobile(customer, seq)}],
        "email": f"c{customer}@example.com", "risk": risk(seq), "nationality": "CHN",
    }  # fmt: skip


MESSAGES: Mapping[str, Any] = {"core": ("CU01", core), "loan": ("LN10", loan), "ebank": ("0x20", ebank)}
