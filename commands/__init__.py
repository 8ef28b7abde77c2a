"""The command line's commands by theme; app.py puts them together. Nobody imports them but app.py."""
