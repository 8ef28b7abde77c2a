"""Duty (值班): who is on watch now and next, by post; notes handed from shift to shift."""
