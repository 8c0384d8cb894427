"""The computation of service coverage: travel time, service areas, gaps.

The folder has the name of the tool coverage.py; see ``geo/jit.py`` for what follows from it.
"""
