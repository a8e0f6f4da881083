"""Weights of the local content filter: rows in, weights and a report out."""
