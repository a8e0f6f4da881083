"""The Azure AI Model Inference API: one small file per route."""
