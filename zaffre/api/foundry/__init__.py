"""The Foundry project endpoint: what a project has, beside the v1 surface below it."""
