"""Who did and saw what: a trail that cannot be altered unnoticed."""
