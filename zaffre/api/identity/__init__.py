"""The local identity as its clients know it: Entra ID's token endpoint, and App Service's managed identity."""
