"""An encoder as ONNX with 8-bit weights."""

from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from training.safety.encoder.bert import Encoder


def export(encoder: Encoder, path: Path) -> None:
    """Token numbers (int64, batch x length) in, logits out. A file in full precision stands beside it meanwhile."""
    whole = path.with_suffix(".whole.onnx")
    axes = {"tokens": {0: "batch", 1: "length"}, "logits": {0: "batch"}}
    example = torch.tensor([[101, 2023, 2003, 102], [101, 2023, 102, 0]])
    torch.onnx.export(
        encoder.eval().float(),
        (example,),
        str(whole),
        input_names=["tokens"],
        output_names=["logits"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(
        whole, path, weight_type=QuantType.QInt8, per_channel=True, extra_options={"MatMulConstBOnly": True}
    )
    whole.unlink()
