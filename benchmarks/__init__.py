"""What the engine takes, measured beside its peers: ``python -m benchmarks --help``. Nothing here is a test."""
