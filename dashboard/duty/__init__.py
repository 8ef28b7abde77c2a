"""The parts of the page of duty: roster, hand-over, contingencies, notices."""
