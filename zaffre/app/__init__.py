"""The composition root: a configuration in, a handler of HTTP values out. Every object is made here."""

from zaffre.app.application import Application

__all__ = ["Application"]
