"""The fine-tuned encoder: MiniLM with five outputs, trained with PyTorch, shipped as quantised ONNX."""
