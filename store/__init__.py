"""What is kept: events, jobs, sessions, audit. The only folder that speaks SQL."""
