"""The best places for posts: queueing analysis, measured marginal gains, paired simulation, selection."""
