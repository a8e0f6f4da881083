"""The Responses API: items in, a chat through the one path, items out; kept, chained, or run in the background."""
