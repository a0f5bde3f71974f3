"""The world: one module or package for each kind of system."""
