"""Log-in by password and second factor, and how long a wrong one has to wait."""

import hmac
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import argon2
import pyotp
import pytest

from ocrm_api.access import login as login_module
from ocrm_api.access import secrets, tries
from ocrm_api.access.conf import LockoutConf, StaffConf
from ocrm_api.access.login import CodeNeeded, Locked, LoggedIn, Wrong, matching_step
from ocrm_api.access.secrets import TOKEN_PREFIX, password_fault, recovery_codes
from ocrm_api.access.services import Services
from ocrm_api.access.tries import lock_seconds
from ocrm_api.chains import OCRM
from ocrm_api.database import Database
from ocrm_api.guard.conf import HttpLimits
from ocrm_api.idempotency.once import PURPOSE
from tests.databases import SHARED, fresh

PASSWORD, WRONG = "four words nobody guesses", "something else entirely"
HERE = "10.0.0.1"
CONF = StaffConf(lockout=LockoutConf(failures=3, address_failures=50, first_seconds=30, cap_seconds=100))


class Clock:
    """The hours of login and tries, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.later = 0.0
        real_now, real_time, real_monotonic = login_module.now, time.time, time.monotonic
        monkeypatch.setattr(login_module, "now", lambda: real_now() + int(self.later * 1e6))
        monkeypatch.setattr(login_module.time, "time", lambda: real_time() + self.later)
        monkeypatch.setattr(tries.time, "monotonic", lambda: real_monotonic() + self.later)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture(params=SHARED)
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    database = Database(fresh(request.param, tmp_path), OCRM)
    made = Services.on(database, CONF, HttpLimits())
    made.accounts.add("li", "viewer", password=PASSWORD)
    yield made
    database.close()


def tries_of(services: Services, *passwords: str, name: str = "li", address: str = HERE) -> list[type]:
    return [type(services.login.log_in(name, password, "", address)) for password in passwords]


def test_right_and_wrong(services: Services) -> None:
    assert tries_of(services, PASSWORD, WRONG, "", PASSWORD) == [LoggedIn, Wrong, Wrong, LoggedIn]
    assert tries_of(services, PASSWORD, name="nobody") == [Wrong]
    services.accounts.add("job", "viewer")
    assert tries_of(services, "", name="job") == [Wrong], "no password is not an empty one"


def test_an_account_is_locked_twice_as_long_each_time(services: Services, clock: Clock) -> None:
    assert tries_of(services, WRONG, WRONG, WRONG, PASSWORD) == [Wrong, Wrong, Wrong, Locked]
    outcome = services.login.log_in("li", PASSWORD, "", HERE)
    assert isinstance(outcome, Locked)
    assert 25 < outcome.seconds <= 30
    clock.later = 31
    assert tries_of(services, WRONG, PASSWORD) == [Wrong, Locked]
    clock.later += 31
    assert tries_of(services, PASSWORD) == [Locked], "sixty seconds now"
    clock.later += 31
    assert tries_of(services, PASSWORD, WRONG, PASSWORD) == [LoggedIn, Wrong, LoggedIn]


def test_a_name_that_no_account_has_is_treated_alike(services: Services, clock: Clock) -> None:
    known = tries_of(services, WRONG, WRONG, WRONG, WRONG)
    assert tries_of(services, WRONG, WRONG, WRONG, WRONG, name="nobody") == known
    clock.later = 31
    assert tries_of(services, WRONG, WRONG, name="nobody") == tries_of(services, WRONG, WRONG)


@pytest.mark.parametrize("name", ["li", "nobody"])
def test_whether_it_is_locked_is_asked_without_a_try(services: Services, clock: Clock, name: str) -> None:
    for _ in range(3):
        assert services.login.locked(name, HERE) is None
        tries_of(services, WRONG, name=name)
    locked = services.login.locked(name, HERE)
    assert locked is not None
    assert 25 < locked.seconds <= 30
    clock.later = 31
    assert services.login.locked(name, HERE) is None
    conf = LockoutConf(address_failures=1)
    services.login._addresses = tries.Tries(conf.address_failures, conf)
    tries_of(services, WRONG, name="another")
    assert services.login.locked(name, HERE) is not None, "the address is"


def test_an_operator_unlocks(services: Services) -> None:
    tries_of(services, WRONG, WRONG, WRONG)
    services.accounts.unlock("li")
    assert tries_of(services, PASSWORD) == [LoggedIn]


def test_a_burst_at_once_gets_no_more_tries(services: Services) -> None:
    verified: list[str] = []
    real = services.accounts.passwords.verify

    def counted(stored: str | None, password: str) -> bool:
        verified.append(password)
        return real(stored, password)

    services.accounts.passwords.verify = counted  # type: ignore[method-assign]
    threads = [threading.Thread(target=tries_of, args=(services, WRONG)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(verified) == CONF.lockout.failures


def test_an_address_is_locked_whatever_the_names(services: Services) -> None:
    conf = LockoutConf(failures=100, address_failures=4)
    services.login._addresses = tries.Tries(conf.address_failures, conf)
    names = ["li", "a", "b", "c", "li"]
    found = [type(services.login.log_in(name, WRONG, "", HERE)) for name in names]
    assert found == [Wrong] * 4 + [Locked]
    assert tries_of(services, PASSWORD, address="10.0.0.2") == [LoggedIn]


def test_a_disabled_account_is_a_wrong_one(services: Services) -> None:
    services.accounts.disable("li")
    assert tries_of(services, PASSWORD) == [Wrong]
    assert services.login.log_in_again("li", PASSWORD, HERE) == Wrong(), "a kept answer is not for it, either"
    services.accounts.enable("li")
    assert tries_of(services, PASSWORD) == [LoggedIn]


def test_no_branch_and_an_empty_one_are_the_same(services: Services) -> None:
    accounts = services.accounts
    accounts.add("new", "viewer", branch="", manager="")
    accounts.set_role("li", "viewer", branch="", own_only=False, manager="")
    accounts.add("other", "viewer", branch="2301", manager="m017")
    accounts.change("other", lambda _: None, branch="", manager="")
    assert {(one.branch, one.manager) for one in accounts.all()} == {(None, None)}


def test_the_second_factor(services: Services, clock: Clock) -> None:
    secret, codes = pyotp.random_base32(), recovery_codes()
    services.accounts.set_totp("li", secret, codes)

    def ask(code: str) -> type:
        return type(services.login.log_in("li", PASSWORD, code, HERE))

    code = pyotp.TOTP(secret).at(int(time.time()))
    assert ask("") is CodeNeeded
    assert ask("000000") is Wrong
    assert ask(code) is LoggedIn
    assert ask(code) is Wrong, "a code is good once, also for who read it over a shoulder"
    clock.later = 31
    assert ask(pyotp.TOTP(secret).at(int(time.time() + 0))) is LoggedIn
    clock.later = 120
    assert ask(pyotp.TOTP(secret).at(int(time.time()) - 300)) is Wrong
    assert ask(codes[3].upper()) is LoggedIn
    assert ask(codes[3]) is Wrong
    services.accounts.unlock("li")
    assert ask(codes[4]) is LoggedIn
    assert len(services.accounts.get("li").recovery) == 8
    services.accounts.drop_totp("li")
    assert ask("") is LoggedIn


@pytest.mark.parametrize("secret", ["JBSWY3DPEHPK3PXP", "A" * 25, "A" * 33, "0" * 32, ""])
def test_no_code_is_that_of_a_secret_that_is_none(secret: str) -> None:
    assert matching_step(secret, "000000", time.time()) is None


def test_guessing_codes_locks_too(services: Services) -> None:
    services.accounts.set_totp("li", pyotp.random_base32(), [])
    found = [type(services.login.log_in("li", PASSWORD, "000000", HERE)) for _ in range(4)]
    assert found == [Wrong, Wrong, Wrong, Locked]


def test_asking_for_the_code_neither_counts_nor_forgives(services: Services) -> None:
    services.accounts.set_totp("li", pyotp.random_base32(), [])
    login = services.login
    found = [type(login.log_in("li", PASSWORD, code, HERE)) for code in ("", "1", "", "", "2", "", "3", "")]
    assert found == [CodeNeeded, Wrong, CodeNeeded, CodeNeeded, Wrong, CodeNeeded, Wrong, Locked]


def meanwhile(services: Services, act: Callable[[], object]) -> None:
    """Acts once, while the next password is hashed."""
    real = services.accounts.passwords.verify

    def verify(stored: str | None, password: str) -> bool:
        services.accounts.passwords.verify = real  # type: ignore[method-assign]
        act()
        return real(stored, password)

    services.accounts.passwords.verify = verify  # type: ignore[method-assign]


@pytest.mark.parametrize("ask", ["log-in without a code", "password asked again"])
def test_codes_that_are_guessed_while_a_password_is_hashed_stay_counted(services: Services, ask: str) -> None:
    services.accounts.set_totp("li", pyotp.random_base32(), [])
    login, guessed = services.login, list[type]()
    for _ in range(4):
        meanwhile(
            services,
            lambda: guessed.extend(type(login.log_in("li", PASSWORD, "000000", HERE)) for _ in range(2)),
        )
        if ask == "password asked again":
            login.log_in_again("li", PASSWORD, HERE)
        else:
            login.log_in("li", PASSWORD, "", HERE)
    assert guessed.count(Wrong) <= CONF.lockout.failures
    assert tries_of(services, PASSWORD) == [Locked]


def test_an_operator_who_unlocks_meanwhile_leaves_nothing_to_give_back(services: Services) -> None:
    services.accounts.set_totp("li", pyotp.random_base32(), [])
    meanwhile(services, lambda: services.accounts.unlock("li"))
    assert tries_of(services, PASSWORD) == [CodeNeeded]
    assert services.accounts.get("li").failures == 0


def test_asking_for_the_code_does_not_forgive_the_address(services: Services) -> None:
    conf = LockoutConf(failures=100, address_failures=4)
    services.login._addresses = tries.Tries(conf.address_failures, conf)
    services.accounts.set_totp("li", pyotp.random_base32(), [])
    names = ["a", "b", "li", "c", "d"]
    found = [type(services.login.log_in(name, PASSWORD, "", HERE)) for name in names]
    assert found == [Wrong, Wrong, CodeNeeded, Wrong, Locked]


@pytest.mark.parametrize(("failures", "seconds"), [(2, 0), (3, 30), (4, 60), (5, 100), (500, 100)])
def test_how_long(failures: int, seconds: int) -> None:
    assert lock_seconds(failures, 3, CONF.lockout) == seconds


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short", "at least 8"), ("x" * 300, "at most"), ("Password123", "first that anybody"),
        ("aaaaaaaaaaaa", "first that anybody"), ("li.na.li.na", "account's name"),
        ("好密码好难猜啊", "at least 8"),
        ("correct horse", None), ("好密码真的好难猜啊", None),
    ],
)  # fmt: skip
def test_password_rules(password: str, fault: str | None) -> None:
    found = password_fault(password, "li.na.li.na", 8)
    assert (found is None) if fault is None else (found is not None and fault in found)


def test_passwords_cost_what_the_standard_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "PasswordHasher", argon2.PasswordHasher)
    passwords = secrets.Passwords()
    stored = passwords.hashed(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,")
    assert passwords.verify(stored, PASSWORD)
    assert passwords.outdated(argon2.PasswordHasher(time_cost=1).hash("x"))


def test_a_hash_of_older_parameters_is_renewed_by_a_log_in(services: Services) -> None:
    services.accounts.passwords._hasher = argon2.PasswordHasher(time_cost=4, memory_cost=1_024)
    assert tries_of(services, PASSWORD) == [LoggedIn]
    kept = services.accounts.get("li").password
    assert kept is not None
    assert not services.accounts.passwords.outdated(kept)
    assert tries_of(services, PASSWORD) == [LoggedIn]


def test_a_password_changed_during_a_log_in_is_not_changed_back(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = services.accounts.passwords
    passwords._hasher = argon2.PasswordHasher(time_cost=4, memory_cost=1_024)
    hashed = passwords.hashed

    def changed_meanwhile(password: str) -> str:
        monkeypatch.setattr(passwords, "hashed", hashed)
        services.accounts.set_password("li", "another one that nobody guesses")
        return hashed(password)

    monkeypatch.setattr(passwords, "hashed", changed_meanwhile)
    services.login.log_in("li", PASSWORD, "", HERE)
    assert tries_of(services, PASSWORD, "another one that nobody guesses") == [Wrong, LoggedIn]


def test_no_name_stands_for_the_key_of_another_purpose(services: Services) -> None:
    other = hmac.digest(services.directory.key().encode(), PURPOSE, "sha256").hex()
    assert other not in services.hidden(PURPOSE.decode())


def test_only_digests_are_kept(services: Services, tmp_path: Path) -> None:
    token = services.accounts.issue_token("li", days=1)
    cookie, _csrf = services.directory.open_session("li")
    with services.directory._database.reading() as connection:
        rows = [
            str(row) for table in OCRM.metadata.sorted_tables for row in connection.execute(table.select())
        ]
    kept = "\n".join(rows)
    assert "argon2id" in kept
    for secret in (PASSWORD, token, token.removeprefix(TOKEN_PREFIX), cookie.split(".")[0]):
        assert secret not in kept
