"""Where a deployment's content filter stands in a call: before its prompt leaves, and before its answer does."""
