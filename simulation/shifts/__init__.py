"""Shifts against the hourly load: read from runs, covered by patterns, tried on other runs.

load (post-hours by hour of the week) -> cover (HiGHS) -> a scenario of `set_shift` -> paired runs.
"""
