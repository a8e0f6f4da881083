"""Models that run in this process: GGUF files through llama.cpp, off the event loop and in batches.

`LocalModels` makes the backends. A request becomes what llama.cpp's server would be asked (`prompt`, `messages`),
waits its turn and runs in a thread (`engine`, `turns`, `relay`, `llama`), and what the model says becomes chunks
(`answer`, `gather`). `loading` brings a model into memory meanwhile; `zaffre.engine.weights` brings its file.
"""

from zaffre.engine.local.models import LocalModel, LocalModels
from zaffre.engine.local.shape import Options

__all__ = ["LocalModel", "LocalModels", "Options"]
