"""The surfaces: published wire APIs in front of the one path."""
