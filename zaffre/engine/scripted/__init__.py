"""A model that answers by rules: deterministic, for tests, demonstrations and CI.

A request is read (`wishes`), the first rule that fits its last message is found (`rules`), the rule's reply becomes
an answer (`answer`; `schema` and its kin fill what a schema asks for) and is told piece by piece (`telling`).
"""

from zaffre.engine.scripted.backend import Scripted

__all__ = ["Scripted"]
