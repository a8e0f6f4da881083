"""Lines of our own: a grammar for each category, with lines that look alike and are harmless.

They are no examples of harm: whom, what and how stay abstract. They teach voices that the public sources lack: forums,
diaries, adverts, fiction.
"""
