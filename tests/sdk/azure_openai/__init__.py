"""The OpenAI SDK's own ways to Azure OpenAI and to v1: the newest version in this process, 1.x in one of its own.

Nothing changes for a user but an address and a key. All that is not streamed is validated strictly by the SDK.
"""
