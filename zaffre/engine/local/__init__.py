"""Models that run in this process: GGUF files through llama.cpp, off the event loop and in batches."""
