"""Classifiers elsewhere: one file for each protocol, all of them behind the port `safety.classifier.Classifier`.

`adapter` is what they have in common: a text in parts, a time limit, a rest after failures. `remote` carries their
requests, `judge` is how a chat model of this server is asked. Every failure is `core.errors.ClassifierFailed`.
"""
