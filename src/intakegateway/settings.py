"""HTTP settings come from the environment."""
