"""What happens in a run: light events, queues, interruptions, joint work, clocks, openings, visits."""
