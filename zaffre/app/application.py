"""What the server calls. A reload swaps one reference; requests in flight keep the setting they came in with."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from zaffre.api.door import Management
from zaffre.api.errors import bare_error
from zaffre.api.figures import PATH, figures
from zaffre.api.router import health
from zaffre.app.backends import Backends
from zaffre.app.classifiers import Classifiers, Surroundings, local_judges
from zaffre.app.control import Following, control
from zaffre.app.daily import Daily
from zaffre.app.database import database
from zaffre.app.identity import Identity
from zaffre.app.limits import Limits
from zaffre.app.peers import Peers
from zaffre.app.safety import Screens
from zaffre.app.services import Services
from zaffre.app.setting import Setting
from zaffre.app.unavailable import Unavailable
from zaffre.config.data import KeyFile
from zaffre.config.outline import Outline
from zaffre.config.schema import Config
from zaffre.core.deployment import Deployment
from zaffre.core.errors import GatewayError, StoreFailed
from zaffre.core.lifetime import Calendar
from zaffre.gateway.gateway import Gateway
from zaffre.net.client import Client
from zaffre.net.http import Request, Response
from zaffre.safety import blocklists as safety
from zaffre.safety.classifier import Classifier
from zaffre.services.blocklists.lists import Blocklists
from zaffre.services.blocklists.matching import Matching
from zaffre.services.content_safety import ContentSafety
from zaffre.services.control.control import nothing_to_announce
from zaffre.services.control.declared import Declared
from zaffre.services.control.effective import Effective
from zaffre.services.control.keys import ServerKeys
from zaffre.services.control.retirement import notices

if TYPE_CHECKING:
    from zaffre.auth.local_identity import LocalIdentity

logger = logging.getLogger(__name__)


class Application:
    """Answers every request by the configuration in force."""

    def __init__(
        self,
        config: Config,
        data: Path,
        client: Client,
        now: Callable[[], float] = time.monotonic,
        *,
        local_identity: "LocalIdentity | None" = None,
        outline: Outline | None = None,
        key_file: KeyFile | None = None,
        classifier: Classifier | None = None,
        calendar: Calendar | None = None,
        default_filter: str | None = None,
        peers: Peers | None = None,
    ) -> None:
        """
        Args:
            config: what the file declares; what is stored joins it once the application has resumed.
            data: the folder where weights and other things that outlive a run are kept.
            client: carries every request to an upstream; closed with the application.
            now: seconds on the clock of the rate limits, which is never set back.
            local_identity: the token authority that answers here, beside the configuration's issuer.
            outline: where the file declares it; None: there is no file.
            key_file: the server's own keys, where no file declares them.
            classifier: who judges texts in this process.
            calendar: says whether a model is still there. None: the system's.
            default_filter: the content filter of a deployment that names none. A script has none then.
            peers: the other processes of this server; None: this is the only one.
        """
        self._board = peers.board if peers else None
        self._hand_on = peers.hand_on if peers else None
        self._seen = self._board.revision if self._board else 0
        self._refreshing = asyncio.Lock()
        self._data = data
        self._client = client
        self._now = now
        self._calendar = calendar or Calendar()
        self._daily = Daily(self._calendar, self._warn)
        self._default_filter = default_filter
        self._retiring: set[asyncio.Task[None]] = set()
        self.accepting = False
        """Whether `/health/ready` says so."""
        self.services = Services(database(config, data), self._held, peers)
        identity = Identity(config.identity, client, local_identity)
        self._key_file = key_file
        first = self._with_keys(Effective(config))
        given = Surroundings(
            client,
            classifier,
            self._deployment,
            self.services.metering.meters,
            self.services.metering.classifier_failed,
        )
        self.blocklists = Blocklists(lambda: self.control)
        self._lists = safety.Blocklists()
        self._matching = Matching(self.blocklists, self._lists.get)
        self._classifiers = Classifiers(config, given)
        announce = self._board.bump if self._board else nothing_to_announce
        self.control = control(
            self.services.resources,
            Declared(config, outline),
            data,
            self._put_in_force,
            announce=announce,
            prepare=self.prepare,
        )
        self.server_keys = ServerKeys(self.control, key_file)
        self._management = Management(self.control, self.server_keys, self.services.metering.totals)
        self.setting = self._setting(first, identity)
        self._following = Following(self.control)

    async def handle(self, request: Request) -> Response:
        """The answer to any request: the server protocol's handler."""
        if request.path.startswith("/health/"):
            answer = health(request, self.accepting)
            if answer is not None:
                return answer
        if request.path == PATH:
            return figures(request, self.services.metering.figures, self.setting.managers)
        if self._board is not None and self._board.revision != self._seen:
            await self._refresh(self._board.revision)
        setting = self.setting
        calls = setting.calls
        calls.begin()
        try:
            response = await setting.router.answer(request)
        except BaseException:
            calls.end()
            raise
        if isinstance(response.body, bytes):
            calls.end()
        else:
            response.over = calls.end
        return response

    async def _refresh(self, revision: int) -> None:
        """See what another process of this server has changed, before this one answers as if nothing had."""
        async with self._refreshing:
            if self._seen == revision:
                return
            try:
                await self.control.refresh()
            except StoreFailed:
                # Logged where it failed. Nobody waits for it again: what has changed is looked for all the time.
                logger.warning("What another process has changed is not in force yet.")
            except Exception:
                logger.exception("What another process has changed cannot be put in force.")
            self._seen = revision

    def start(self) -> None:
        """Begin to load models and to fetch issuers' keys, in the background; calls that need them wait."""
        self.setting.backends.start()
        self.setting.limits.start()
        self.setting.identity.start()

    async def resume(self) -> None:
        """Answer by what is stored, too, and take up what an earlier run of the server left unfinished.

        Raises:
            Unavailable: the database cannot be used.
        """
        await self.read_stored()
        # The file's were told as it was read.
        self._warn(self.control.declared.config.deployments)
        self._following.start()
        self._daily.start()
        await self.services.start()

    async def read_stored(self) -> None:
        """Answer by what is stored, too. Raises Unavailable: the database cannot be used."""
        try:
            await self.control.refresh()
        except StoreFailed as error:
            raise Unavailable(str(error)) from error

    @contextmanager
    def _held(self) -> Iterator[Gateway]:
        """The gateway in force, its backends kept while the context lasts."""
        setting = self.setting
        setting.calls.begin()
        try:
            yield setting.gateway
        finally:
            setting.calls.end()

    async def prepare(self, config: Config) -> None:
        """Make what takes a while of a configuration that will be in force, while the one before it answers."""
        await self._lists.prepare(config.blocklists)

    def reload(self, config: Config, outline: Outline | None = None) -> None:
        """Answer by what the file says now, and what is stored beside it.

        Backends that stay the same are kept, models stay loaded, and issuers' keys are not fetched again.
        """
        self.control.declare(Declared(config, outline))

    def _put_in_force(self, effective: Effective) -> None:
        effective, old = self._with_keys(effective), self.setting
        self._classifiers = self._classifiers.after(effective.config)
        self.setting = self._setting(effective, old.identity.after(effective.config.identity), old)
        self.start()
        task = asyncio.get_running_loop().create_task(_retire(old, self.setting, set(self._retiring)))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    def _setting(self, effective: Effective, identity: Identity, before: Setting | None = None) -> Setting:
        """What answers by a configuration, with what stays the same of the one before it."""
        config, metering = effective.config, self.services.metering
        known = before.backends if before else None
        backends = Backends(self._data, self._client, known, models_elsewhere=self._hand_on is not None)
        limits = Limits(config, self._now, before.limits if before else None, self._board, metering.redis_is_there)
        screens = Screens(
            config,
            self._classifiers.named,
            self._lists,
            metering.filters,
            before.screens if before else None,
            default=self._default_filter,
        )
        return Setting(
            effective,
            backends,
            limits,
            screens,
            self.services,
            identity,
            self._content_safety(config),
            self._management,
            before,
            self._calendar,
            self._hand_on,
        )

    def _deployment(self, name: str) -> Deployment | None:
        """The deployment of a name, as it is now."""
        return self.setting.gateway.named(name)

    def _content_safety(self, config: Config) -> ContentSafety:
        elsewhere = self._hand_on is not None and bool(local_judges(config))
        judges = self._classifiers
        return ContentSafety(judges.combined, judges.protected, self.blocklists, self._matching, elsewhere)

    def _with_keys(self, effective: Effective) -> Effective:
        """With the server's own keys, where no file declares any. Raises ConfigError: they cannot be read."""
        if self._key_file is None:
            return effective
        config = structs.replace(effective.config, keys=self._key_file.read())
        return structs.replace(effective, config=config)

    def _warn(self, told: Collection[str] = ()) -> None:
        """Say which deployments lose their models, but for those of whom it was told."""
        for notice in notices(self.setting.config, self._calendar.today()):
            if notice.deployment not in told:
                logger.warning("Deployment %s: %s.", notice.deployment, notice.text)

    async def close(self) -> None:
        """Let go of every model and connection. Call it once nothing is in flight."""
        self.accepting = False
        await self._following.close()
        await self._daily.close()
        await self.services.close()
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        await self.setting.backends.close()
        await self.setting.limits.close()
        await self.setting.identity.close()
        await self._client.close()


async def _retire(old: Setting, new: Setting, earlier: Collection[asyncio.Task[None]]) -> None:
    """Let go of what only the old setting has, once its calls, and those of settings before it, are over.

    Cancelled, it waits for no call.
    """
    try:
        if earlier:
            await asyncio.wait(earlier)
        await old.calls.over()
    finally:
        await old.backends.retire(new.backends)
        await old.limits.retire(new.limits)
        await old.identity.retire(new.identity)


def refuse(status: int, code: str, message: str) -> Response:
    """How the server protocol says no where there is no request to answer."""
    return bare_error(GatewayError(message, status=status, code=code))
