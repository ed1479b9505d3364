"""What the law on personal information asks of a bank: consent, access, restriction, erasure."""
