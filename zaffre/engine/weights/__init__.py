"""Where the weights of local models come from, and how they become one GGUF file that the engine can open."""
