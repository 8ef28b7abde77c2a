"""Many runs: periods, outcomes, intervals, precision, summaries, sensitivity."""
