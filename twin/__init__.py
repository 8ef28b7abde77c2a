"""The district as data: pure functions over frozen tables; no clock, no SQL, no web."""
