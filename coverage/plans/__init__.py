"""A county's plan as numbers: what it promises, how each promise is measured, and how far the county has come."""
