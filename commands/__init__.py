"""What the commands share, and the groups of commands that have a module of their own. No logic."""
