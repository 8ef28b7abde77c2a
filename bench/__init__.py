"""What is timed, and the yardstick it is timed against."""
