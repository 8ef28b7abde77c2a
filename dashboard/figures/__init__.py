"""Figures that stand alone: one file, no network."""
