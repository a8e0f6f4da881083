"""Azure AI Content Safety, text only, as `azure-ai-contentsafety` and the REST reference have it.

https://learn.microsoft.com/rest/api/contentsafety/
"""
