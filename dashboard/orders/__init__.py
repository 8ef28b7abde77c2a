"""The parts of the page of supervision orders."""
