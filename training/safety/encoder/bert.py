"""BERT's encoder with mean pooling and one linear layer, with the names of published weights."""

from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

WIDTH: Final = 384
LAYERS: Final = 6
HEADS: Final = 12
_EPSILON: Final = 1e-12


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.out = nn.Linear(WIDTH, WIDTH)
        self.out_norm = nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.wide, self.narrow = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=_EPSILON)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        batch, length = states.shape[0], states.shape[1]

        def heads(values: Tensor) -> Tensor:
            return values.reshape(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)

        query, key, value = heads(self.query(states)), heads(self.key(states)), heads(self.value(states))
        weights = torch.softmax(query @ key.transpose(-1, -2) * (WIDTH // HEADS) ** -0.5 + mask, dim=-1)
        mixed = (weights @ value).transpose(1, 2).reshape(batch, length, WIDTH)
        states = self.out_norm(states + self.out(mixed))
        return self.norm(states + self.narrow(functional.gelu(self.wide(states))))


class Encoder(nn.Module):
    """Token numbers (batch x length, 0 is padding) -> logits (batch x outputs)."""

    def __init__(self, vocabulary: int, outputs: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, WIDTH)
        self.positions = nn.Embedding(512, WIDTH)
        self.kind = nn.Parameter(torch.zeros(WIDTH))
        self.norm = nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.head = nn.Linear(WIDTH, outputs)

    def forward(self, tokens: Tensor) -> Tensor:
        there = (tokens != 0).to(self.kind.dtype)
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        states = self.norm(self.words(tokens) + self.positions(positions) + self.kind)
        mask = (1 - there)[:, None, None, :] * -1e4
        for layer in self.layers:
            states = layer(states, mask)
        pooled = (states * there[..., None]).sum(1) / there.sum(1, keepdim=True)
        return self.head(functional.dropout(pooled, 0.1, self.training))


def published(weights: Path, vocabulary: int, outputs: int) -> Encoder:
    """An encoder with the weights of a safetensors file and a fresh last layer."""
    encoder = Encoder(vocabulary, outputs)
    given = load_file(weights)
    names = {
        "words.weight": "embeddings.word_embeddings.weight",
        "positions.weight": "embeddings.position_embeddings.weight",
        "norm.weight": "embeddings.LayerNorm.weight",
        "norm.bias": "embeddings.LayerNorm.bias",
    }
    parts = {
        "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
        "out": "attention.output.dense", "out_norm": "attention.output.LayerNorm", "wide": "intermediate.dense",
        "narrow": "output.dense", "norm": "output.LayerNorm",
    }  # fmt: skip
    for number in range(LAYERS):
        for ours, theirs in parts.items():
            for kind in ("weight", "bias"):
                names[f"layers.{number}.{ours}.{kind}"] = f"encoder.layer.{number}.{theirs}.{kind}"
    state = encoder.state_dict()
    state |= {ours: given[theirs] for ours, theirs in names.items()}
    state["kind"] = given["embeddings.token_type_embeddings.weight"][0]
    encoder.load_state_dict(state)
    return encoder
