"""The hub for operators: systems, what waits, what is set aside, the journal, the conf in force."""
