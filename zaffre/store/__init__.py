"""What is kept: named SQL, numbered migrations, a database in the data folder."""

from zaffre.store.database import Database
from zaffre.store.port import AnyDatabase, StoreError
from zaffre.store.resources import Resources
from zaffre.store.responses import Responses
from zaffre.store.usage import UsageRows

__all__ = ["AnyDatabase", "Database", "Resources", "Responses", "StoreError", "UsageRows"]
