"""Coordinates and files. Knows nothing of facilities."""

from geo import _gdal as _gdal
