"""The local filter: hashed n-grams, a model of token soup and rules, all in this process and in NumPy.

Nothing here is imported before a configuration asks for it: NumPy and the weights cost a server without filters nothing.
"""
