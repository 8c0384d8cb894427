"""What is laid on the map: one schema and one reader per kind, and the workspace that holds them."""
