"""What might happen: draw first, then play; deterministic."""
