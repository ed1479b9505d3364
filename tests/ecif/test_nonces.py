"""A sign-on shown again, to whichever process: the journal knows its nonce."""

import threading

TIMES = 5
REFUSED = "1005"


def test_another_process_knows_it(bank, other):
    assert bank.one(bank.sign_on("ebank", "n1")).code == "0000"
    assert other.one(other.sign_on("ebank", "n1")).code == REFUSED


def test_shown_to_two_processes_at_the_same_instant_one_takes_it(bank, other):
    for turn in range(TIMES):
        barrier, codes = threading.Barrier(2), []

        def show(bank, nonce, barrier=barrier, codes=codes):
            sign_on = bank.sign_on("ebank", nonce)
            barrier.wait()
            codes.append(bank.one(sign_on).code)

        threads = [threading.Thread(target=show, args=(bank, f"n{turn}")) for bank in (bank, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(codes) == ["0000", REFUSED]
