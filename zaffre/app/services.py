"""What outlives a request and a configuration: the services, and the database they keep things in."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from zaffre.app.metering import Metering
from zaffre.app.peers import Peers
from zaffre.app.unavailable import Unavailable
from zaffre.gateway.gateway import Gateway
from zaffre.services.responses.service import Responses
from zaffre.store import AnyDatabase, Resources, StoreError
from zaffre.store import Responses as StoredResponses


class Services:
    """Made once, for all configurations of a run."""

    def __init__(
        self, database: AnyDatabase, hold: Callable[[], AbstractContextManager[Gateway]], peers: Peers | None = None
    ) -> None:
        """
        Args:
            database: closed with the services.
            hold: the gateway in force, kept in use while the context lasts.
            peers: the other processes of this server.
        """
        self._database = database
        self.metering = Metering(self._database, peers.figures if peers else None)
        self.resources = Resources(self._database)
        self.responses = Responses(
            StoredResponses(self._database), hold, takes_up=peers is None or peers.hand_on is None
        )

    async def take_up(self) -> None:
        """Go on with what another process of this server left when it ended. Raises StoreFailed."""
        if self._database.exists:
            await self.responses.take_up()

    async def start(self) -> None:
        """Take up what an earlier run left unfinished.

        Raises:
            Unavailable: the database cannot be used.
        """
        if not self._database.exists:
            return
        try:
            await self.responses.start()
        except StoreError as error:
            raise Unavailable(str(error)) from error

    async def close(self) -> None:
        """Stop what goes on without a caller; the next run takes it up."""
        try:
            await self.responses.close()
            await self.metering.close()
        finally:
            # Its threads would keep the process from ending.
            await self._database.close()


async def prepare(database: AnyDatabase) -> None:
    """Bring the database to its newest version, before several processes open it. Raises Unavailable."""
    try:
        await database.open()
    except StoreError as error:
        raise Unavailable(str(error)) from error
    finally:
        await database.close()
