"""Content safety: what a text may do harm with, who finds it, and what a policy makes of it."""
