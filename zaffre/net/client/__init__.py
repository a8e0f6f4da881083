"""The pooled HTTP/1.1 client that every request to an upstream goes through.

`client` holds what all pools share, `pool` bounds and queues, `dial` opens connections (through `proxy` and TLS to an
`origin`), `connection` carries one exchange at a time, `reply` is its answer.
"""

from zaffre.net.client.client import Client
from zaffre.net.client.connection import Timeouts
from zaffre.net.client.pool import MOST_CONNECTIONS, MOST_WAITING, Pool
from zaffre.net.client.reply import Reply

__all__ = ["MOST_CONNECTIONS", "MOST_WAITING", "Client", "Pool", "Reply", "Timeouts"]
