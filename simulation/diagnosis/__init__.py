"""Why is this place late? Late minutes by cause, the lever on each, and the proof afterwards."""
