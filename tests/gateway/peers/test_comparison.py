from gateway.peers.comparison import Pairs, pairs

TRUTH = {("a", "1"): 1, ("b", "1"): 1, ("c", "1"): 1, ("a", "2"): 2, ("b", "2"): 2}


def test_all_right() -> None:
    found = {key: str(customer) for key, customer in TRUTH.items()}
    assert pairs(TRUTH, found, TRUTH) == Pairs(1.0, 1.0)


def test_a_record_left_alone_costs_recall() -> None:
    found = {key: str(customer) for key, customer in TRUTH.items()} | {("c", "1"): "new"}
    assert pairs(TRUTH, found, TRUTH) == Pairs(1.0, 0.5)


def test_two_customers_made_one_cost_precision() -> None:
    assert pairs(TRUTH, dict.fromkeys(TRUTH, "1"), TRUTH) == Pairs(0.4, 1.0)


def test_only_pairs_of_the_records_asked_for_count() -> None:
    found = {key: str(customer) for key, customer in TRUTH.items()} | {("c", "1"): "new"}
    assert pairs(TRUTH, found, TRUTH.keys() - {("c", "1")}) == Pairs(1.0, 1.0)
    assert pairs(TRUTH, found, []) == Pairs(1.0, 1.0)
