"""From results to files that people open."""
