"""The performance harness: zaffre beside nginx, in front of one mock model server. `python -m bench`."""
