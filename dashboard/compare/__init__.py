"""The parts of the page that sets runs side by side."""
