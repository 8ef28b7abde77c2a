"""Contingency mode (应急模式): prepared sets of measures and posts, in force from a decision to its end."""
