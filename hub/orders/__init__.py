"""Supervision orders (督办单): given, answered, accepted or sent back, raised on the ladder by a person."""
