"""The local filter: hashed n-grams, a model of token soup and rules, all in this process and in NumPy.

Nothing here is imported before a configuration asks for it: a server without filters pays neither for NumPy nor for
the weights.
"""
