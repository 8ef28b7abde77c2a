"""Cases as people work them: what a case is, what may be done with it next, by whom, and doing it."""
