"""The command line: `ablate` and `python -m libablate`. One file per command."""
