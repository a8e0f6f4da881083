"""Blocklists: `lists` makes and changes them as resources, `matching` finds their items in texts."""
