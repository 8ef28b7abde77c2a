"""Anybody's files -> a district: mapping, places, requests, bodies, report."""
