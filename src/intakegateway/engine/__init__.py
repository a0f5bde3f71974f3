"""The work: moving rows from a source to a destination, accounting for each. Knows no system by name."""
