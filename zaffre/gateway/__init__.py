"""The one path a call takes, whatever surface it came through."""
