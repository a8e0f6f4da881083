"""What is kept: named SQL, numbered migrations, a database in the data folder."""

from zaffre.store.database import Database, StoreError
from zaffre.store.resources import Resources
from zaffre.store.responses import Responses
from zaffre.store.usage import UsageRows

__all__ = ["Database", "Resources", "Responses", "StoreError", "UsageRows"]
