"""Models answered in this process: scripted ones and local weights."""
