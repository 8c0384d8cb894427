"""The computation on administrative boundaries: lines, stakes, their joint inspection. It reports; it moves nothing."""
