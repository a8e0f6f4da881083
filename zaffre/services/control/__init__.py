"""Deployments and what belongs to them, as living resources: created, changed and deleted while the server runs."""
