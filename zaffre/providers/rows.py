"""The rows: a vendor each, its differences as data. `docs/providers.md` shows them as a table.

A row says what the vendor's reference says. Where that is silent the conservative default stands: a route is not
served, a field not renamed, usage not asked for. What needs behaviour of its own is a codec in a file.
"""

from collections.abc import Mapping
from typing import Final

from zaffre.core.embeddings import EncodingFormat
from zaffre.core.relay import AUDIO as AUDIO_ROUTES
from zaffre.core.relay import IMAGES
from zaffre.providers.codec import Provider
from zaffre.providers.cohere import CohereImages, CohereTexts
from zaffre.providers.jina import JinaImages
from zaffre.providers.openai import AUDIO, Chat, Text
from zaffre.providers.openai_embeddings import VectorEmbeddings
from zaffre.providers.overflow import ANYBODY, worded
from zaffre.providers.voyage import VoyageImages

NONE: Final[frozenset[str]] = frozenset()
FLOAT_BASE64: Final[frozenset[EncodingFormat]] = frozenset({"float", "base64"})
QUANTISED: Final[frozenset[EncodingFormat]] = frozenset({"int8", "uint8", "binary", "ubinary"})
ALL_FORMATS: Final = FLOAT_BASE64 | QUANTISED
SAME_INPUT_TYPES: Final = {"text": "text", "query": "query", "document": "document"}
OUTPUT_DTYPE: Final = dict.fromkeys(QUANTISED, "output_dtype")
ONE_LIMIT: Final = {"max_completion_tokens": "max_tokens"}
"""Of vendors whose reference knows the older name alone: they would refuse the newer one, or write without end."""


def _paths(*routes: str, below: str = "") -> Mapping[str, str]:
    """Routes that are handed on, at the paths of the same names."""
    return {route: f"{below}/{route}" for route in routes}


PROVIDERS: Final[Mapping[str, Provider]] = {
    "openai": Provider(
        title="OpenAI",
        docs="https://platform.openai.com/docs/api-reference/chat",
        home="https://api.openai.com/v1",
        elsewhere="openai-compatible",
        # Its reasoning models refuse max_tokens; its other models take either name.
        chat=Chat(
            usage_on_request=True,
            developer_role=True,
            unsupported=NONE,
            renames={"max_tokens": "max_completion_tokens"},
        ),
        completions=Text(usage_on_request=True),
        embeddings=VectorEmbeddings(formats=FLOAT_BASE64),
        note="With another `base_url`: as `openai-compatible`.",
        relayed=_paths(*IMAGES, *AUDIO_ROUTES),
    ),
    "openai-compatible": Provider(
        title="Any server of the OpenAI dialect",
        docs="https://platform.openai.com/docs/api-reference/chat",
        chat=Chat(usage_on_request=True, unsupported=NONE),
        completions=Text(usage_on_request=True),
        embeddings=VectorEmbeddings(),
        overflow=ANYBODY,
        relayed=_paths(*IMAGES, *AUDIO_ROUTES),
    ),
    "azure-openai": Provider(
        title="Azure OpenAI",
        docs="https://learn.microsoft.com/azure/ai-services/openai/reference",
        auth="api-key",
        api_version="2024-10-21",
        chat=Chat(
            path="/openai/deployments/{model}/chat/completions",
            usage_on_request=True,
            unsupported=NONE,
        ),
        completions=Text(path="/openai/deployments/{model}/completions", usage_on_request=True),
        embeddings=VectorEmbeddings(path="/openai/deployments/{model}/embeddings", formats=FLOAT_BASE64),
        note="`upstream_model` is the deployment; `base_url` ends before `/openai`.",
        relayed=_paths("images/generations", "images/edits", *AUDIO_ROUTES, below="/openai/deployments/{model}"),
    ),
    "azure-ai-inference": Provider(
        title="Azure AI Model Inference",
        docs="https://learn.microsoft.com/azure/machine-learning/reference-model-inference-api",
        auth="both",
        api_version="2024-05-01-preview",
        # It knows every field of the API, being the API; stream_options are none of them, usage comes unasked.
        chat=Chat(omissions=NONE, developer_role=True, unsupported=NONE, passes_policy_on=True),
        completions=Text(omissions=NONE, passes_policy_on=True),
        embeddings=VectorEmbeddings(formats=ALL_FORMATS, input_types=SAME_INPUT_TYPES, passes_policy_on=True),
        image_embeddings=VectorEmbeddings(
            path="/images/embeddings", formats=ALL_FORMATS, input_types=SAME_INPUT_TYPES, passes_policy_on=True
        ),
        note="`base_url` ends with `/models`, or is a single-model endpoint; another zaffre, too.",
    ),
    "vllm": Provider(
        title="vLLM",
        docs="https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
        home="http://127.0.0.1:8000/v1",
        chat=Chat(usage_on_request=True),
        completions=Text(usage_on_request=True),
        embeddings=VectorEmbeddings(formats=FLOAT_BASE64),
        overflow=worded("vllm"),
        relayed=_paths("audio/transcriptions", "audio/translations"),
    ),
    "sglang": Provider(
        title="SGLang",
        docs="https://docs.sglang.ai/basic_usage/openai_api_completions.html",
        home="http://127.0.0.1:30000/v1",
        chat=Chat(usage_on_request=True),
        completions=Text(usage_on_request=True),
        embeddings=VectorEmbeddings(),
        overflow=worded("sglang"),
        # Of its diffusion server: https://docs.sglang.io/diffusion/api/openai_api.html
        relayed=_paths("images/generations", "images/edits"),
    ),
    "llamacpp": Provider(
        title="llama.cpp server",
        docs="https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
        chat=Chat(usage_on_request=True, renames=ONE_LIMIT),
        completions=Text(usage_on_request=True),
        embeddings=VectorEmbeddings(formats=FLOAT_BASE64),
        note="No address by default: its usual port is ours as well.",
        overflow=worded("llama.cpp"),
    ),
    "ollama": Provider(
        title="Ollama",
        docs="https://docs.ollama.com/api/openai-compatibility",
        home="http://127.0.0.1:11434/v1",
        chat=Chat(usage_on_request=True, renames=ONE_LIMIT),
        completions=Text(usage_on_request=True),
        embeddings=VectorEmbeddings(),
        overflow=worded("ollama", "llama.cpp"),
    ),
    "lmstudio": Provider(
        title="LM Studio",
        docs="https://lmstudio.ai/docs/developer/openai-compat",
        home="http://127.0.0.1:1234/v1",
        chat=Chat(usage_on_request=True, renames=ONE_LIMIT),
        completions=Text(usage_on_request=True),
        embeddings=VectorEmbeddings(),
        overflow=worded("lmstudio"),
    ),
    "localai": Provider(
        title="LocalAI",
        docs="https://localai.io/features/text-generation/",
        chat=Chat(usage_on_request=True, renames=ONE_LIMIT),
        completions=Text(usage_on_request=True),
        embeddings=VectorEmbeddings(),
        note="No address by default: its usual port is ours as well.",
        overflow=worded("llama.cpp"),
        relayed=_paths("images/generations", "audio/transcriptions", "audio/speech"),
    ),
    "tgi": Provider(
        title="Hugging Face TGI",
        docs="https://huggingface.co/docs/text-generation-inference/messages_api",
        chat=Chat(usage_on_request=True, renames=ONE_LIMIT),
        completions=Text(usage_on_request=True),
        overflow=worded("tgi"),
    ),
    "huggingface": Provider(
        title="Hugging Face Inference Providers",
        docs="https://huggingface.co/docs/inference-providers/tasks/chat-completion",
        home="https://router.huggingface.co/v1",
        chat=Chat(usage_on_request=True, renames=ONE_LIMIT),
        overflow=ANYBODY,
    ),
    "mistral": Provider(
        title="Mistral",
        docs="https://docs.mistral.ai/api/",
        home="https://api.mistral.ai/v1",
        # Strict about unknown fields, stream_options among them; usage comes unasked.
        chat=Chat(renames={"seed": "random_seed", **ONE_LIMIT}),
        embeddings=VectorEmbeddings(
            formats=ALL_FORMATS,
            format_fields=OUTPUT_DTYPE,
            renames={"dimensions": "output_dimension"},
        ),
        relayed=_paths("audio/transcriptions"),
    ),
    "groq": Provider(
        title="Groq",
        docs="https://console.groq.com/docs/api-reference",
        home="https://api.groq.com/openai/v1",
        chat=Chat(
            usage_on_request=True,
            renames={"max_tokens": "max_completion_tokens"},
            # "Not yet supported by any of our models."
            unsupported=AUDIO | {"frequency_penalty", "presence_penalty"},
        ),
        overflow=worded("groq"),
        relayed=_paths(*AUDIO_ROUTES),
    ),
    "deepseek": Provider(
        title="DeepSeek",
        docs="https://api-docs.deepseek.com/api/create-chat-completion",
        home="https://api.deepseek.com",
        chat=Chat(usage_on_request=True, renames=ONE_LIMIT, unsupported=AUDIO | {"seed"}),
    ),
    "together": Provider(
        title="Together AI",
        docs="https://docs.together.ai/reference/chat-completions-1",
        home="https://api.together.xyz/v1",
        chat=Chat(stop_in_list=True, renames=ONE_LIMIT),
        completions=Text(stop_in_list=True),
        embeddings=VectorEmbeddings(),
        overflow=worded("sglang", "tgi"),
        # https://docs.together.ai/docs/inference/openai-compatibility
        relayed=_paths("images/generations", *AUDIO_ROUTES),
    ),
    "openrouter": Provider(
        title="OpenRouter",
        docs="https://openrouter.ai/docs/api-reference/overview",
        home="https://openrouter.ai/api/v1",
        chat=Chat(),
        completions=Text(),
        embeddings=VectorEmbeddings(),
        overflow=ANYBODY,
        # Its transcriptions are another protocol.
        relayed=_paths("audio/speech"),
    ),
    "fireworks": Provider(
        title="Fireworks AI",
        docs="https://docs.fireworks.ai/tools-sdks/openai-compatibility",
        home="https://api.fireworks.ai/inference/v1",
        chat=Chat(),
        completions=Text(),
        embeddings=VectorEmbeddings(),
    ),
    "nvidia": Provider(
        title="NVIDIA NIM",
        docs="https://docs.nvidia.com/nim/large-language-models/latest/api-reference.html",
        home="https://integrate.api.nvidia.com/v1",
        chat=Chat(usage_on_request=True, renames=ONE_LIMIT),
        completions=Text(usage_on_request=True),
        # https://docs.nvidia.com/nim/nemo-retriever/text-embedding/latest/reference.html
        embeddings=VectorEmbeddings(formats=FLOAT_BASE64, input_types={"query": "query", "document": "passage"}),
        note="Retrieval models need `input_type`, or `-query` / `-passage` after the model's name.",
        overflow=worded("vllm", "tgi"),
    ),
    "xai": Provider(
        title="xAI",
        docs="https://docs.x.ai/docs/api-reference",
        home="https://api.x.ai/v1",
        chat=Chat(usage_on_request=True),
        overflow=worded("xai"),
        # Edits in JSON alone: https://docs.x.ai/developers/model-capabilities/images/editing
        relayed=_paths("images/generations", "images/edits"),
    ),
    "perplexity": Provider(
        title="Perplexity",
        docs="https://docs.perplexity.ai/docs/sonar/openai-compatibility",
        home="https://api.perplexity.ai",
        chat=Chat(renames=ONE_LIMIT),
    ),
    "cerebras": Provider(
        title="Cerebras",
        docs="https://inference-docs.cerebras.ai/api-reference/chat-completions",
        home="https://api.cerebras.ai/v1",
        chat=Chat(usage_on_request=True, renames={"max_tokens": "max_completion_tokens"}),
        completions=Text(usage_on_request=True),
        overflow=worded("groq"),
    ),
    "cohere": Provider(
        title="Cohere (Embed v2)",
        docs="https://docs.cohere.com/reference/embed",
        home="https://api.cohere.com",
        embeddings=CohereTexts(),
        image_embeddings=CohereImages(),
        note="`input_type` `text` is asked for as `search_document`, since one is required; of images as `image`.",
    ),
    "jina": Provider(
        title="Jina AI",
        docs="https://api.jina.ai/redoc",
        home="https://api.jina.ai/v1",
        embeddings=VectorEmbeddings(
            formats=FLOAT_BASE64,
            format_fields={"base64": "embedding_type"},
            input_types={"query": "retrieval.query", "document": "retrieval.passage"},
            input_type_field="task",
        ),
        image_embeddings=JinaImages(
            formats=FLOAT_BASE64,
            format_fields={"base64": "embedding_type"},
            input_types={"query": "retrieval.query", "document": "retrieval.passage"},
            input_type_field="task",
        ),
        note="Images without text.",
    ),
    "voyage": Provider(
        title="Voyage AI",
        docs="https://docs.voyageai.com/reference/embeddings-api",
        home="https://api.voyageai.com/v1",
        embeddings=VectorEmbeddings(
            formats=ALL_FORMATS,
            format_fields=OUTPUT_DTYPE,
            input_types={"query": "query", "document": "document"},
            renames={"dimensions": "output_dimension"},
        ),
        image_embeddings=VoyageImages(
            formats=QUANTISED | {"float"},
            format_fields=OUTPUT_DTYPE,
            input_types={"query": "query", "document": "document"},
            renames={"dimensions": "output_dimension"},
        ),
    ),
}
