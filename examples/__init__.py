"""Worked examples on real data; each file is a script."""
