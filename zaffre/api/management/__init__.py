"""The management surface, in the shape of Azure Resource Manager's `Microsoft.CognitiveServices`."""
