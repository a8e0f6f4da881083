"""Weights of an encoder for zaffre's local content filter. Files only: zaffre reads them."""
