"""Callers and upstreams of every kind, with a real `zaffre serve` between them."""
