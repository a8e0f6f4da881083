"""The Azure OpenAI and OpenAI v1 surfaces: one small file per route, for both."""
