"""Visits -> the event log in columns, and the opening that a log gives."""
