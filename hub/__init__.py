"""What runs: the feeder, the live state, jobs and the worker. Knows no web."""
