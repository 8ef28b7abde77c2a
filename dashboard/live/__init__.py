"""What /live shows and does: open cases as columns, one case as a file, acts upon it."""
