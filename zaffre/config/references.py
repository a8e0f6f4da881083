"""Texts that stand for something elsewhere: secrets in the environment and in files, paths, rules files."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import UNSET
from msgspec.structs import replace

from zaffre.config.mistakes import Mistake, Place, Unfit, known
from zaffre.config.reading import WRONG, Reader, Resolver
from zaffre.config.replies import review
from zaffre.config.rules import Rule, RulesDocument
from zaffre.config.schema import ProviderName, RuleFile, Source
from zaffre.config.secret import DatabaseAddress, HeaderValue, RedisAddress, Secret
from zaffre.config.tree import compose

MAX_FILE = 4 * 2**20
MAX_SECRET_FILE = 64 * 2**10
POSTGRESQL_SCHEMES: Final = ("postgresql", "postgres")
REDIS_SCHEMES: Final = ("redis", "rediss", "unix", "valkey", "valkeys")
SOURCES = {
    "pip": re.compile(r"pip:[A-Za-z0-9][A-Za-z0-9._-]*(==[A-Za-z0-9.!+_-]+)?/[^/\s]\S*"),
    "hf": re.compile(r"hf:[^/\s]+/[^/\s]+/[^/\s]\S*"),
}


class References:
    """What the texts of one configuration stand for.

    Args:
        folder: of the configuration file; relative paths start there.
        environ: the environment that `env:NAME` means.
        providers: names of the providers that this server has.
        mistakes: where the mistakes of rules files are added.
    """

    def __init__(
        self, folder: Path, environ: Mapping[str, str], providers: Collection[str], mistakes: list[Mistake]
    ) -> None:
        self.files: set[Path] = set()
        """Every file that was read or looked for."""
        self.warnings: list[str] = []
        self._folder = folder
        self._environ = environ
        self._providers = providers
        self._mistakes = mistakes
        self._rule_files: dict[Path, RuleFile] = {}

    def resolvers(self) -> dict[Any, Resolver]:
        """How each type that stands for something elsewhere is read."""
        secret = "a secret (env:NAME, file:PATH or plain text)"  # noqa: S105
        redis = "an address that begins with redis://, rediss:// or unix://"
        return {
            Secret: Resolver(secret, self._secret, hidden=True),
            HeaderValue: Resolver("a header's value (env:NAME, file:PATH or plain text)", self._header, hidden=True),
            RedisAddress: Resolver(redis, self._redis, hidden=True),
            DatabaseAddress: Resolver("an address that begins with postgresql://", self._database, hidden=True),
            Path: Resolver("the path of a file", self._path),
            RuleFile: Resolver("the path of a rules file", self._rules),
            Source: Resolver("pip:PACKAGE/FILE, hf:OWNER/REPO/FILE or the path of a file", self._source),
            ProviderName: Resolver("the name of a provider", self._provider),
        }

    def text(self, path: Path, limit: int = MAX_FILE) -> str:
        """A file's text.

        Raises:
            Unfit: it cannot be read, is too long or is no UTF-8.
        """
        self.files.add(path)
        try:
            with path.open("rb") as file:
                content = file.read(limit + 1)
        except OSError as error:
            raise Unfit(f"{path} ({error.strerror})", expected="a file that can be read") from None
        except ValueError:
            raise Unfit from None
        if len(content) > limit:
            raise Unfit(f"{path} (longer than {limit} bytes)", expected="a shorter file")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise Unfit(f"{path} (no UTF-8 in line {line})", expected="a text file in UTF-8") from None

    def _secret(self, text: str, place: Place) -> Secret:
        if not text.startswith(("env:", "file:")):
            self.warnings.append(f"{place} is written in the file in plain text; use env: or file:")
        return Secret(self._value(text))

    def _header(self, text: str, _: Place) -> HeaderValue:
        return HeaderValue(self._value(text))

    def _redis(self, text: str, place: Place) -> RedisAddress:
        return RedisAddress(self._server(text, place, REDIS_SCHEMES))

    def _database(self, text: str, place: Place) -> DatabaseAddress:
        return DatabaseAddress(self._server(text, place, POSTGRESQL_SCHEMES))

    def _server(self, text: str, place: Place, schemes: Collection[str]) -> str:
        """The address of a server that we log in to."""
        value = self._value(text)
        try:
            parts = urlsplit(value)
            usable = parts.scheme in schemes and parts.port != 0 and bool(parts.hostname or parts.path)
        except ValueError:
            raise Unfit from None
        if not usable:
            raise Unfit
        if parts.password and value == text:
            self.warnings.append(f"{place} has a password in plain text; use env: or file:")
        return value

    def _value(self, text: str) -> str:
        kind, _, name = text.partition(":")
        where = ""
        if kind == "env":
            where = f" in the environment variable {name}"
            value = self._environ.get(name, "")
        elif kind == "file":
            where = f" in the file {self._at(name)}"
            value = self.text(self._at(name), MAX_SECRET_FILE)
        else:
            value = text
        value = value.strip()
        if not value:
            raise Unfit("nothing", expected=f"a secret{where}")
        if not value.isprintable():
            raise Unfit("control characters or several lines", expected=f"one line of text{where}")
        return value

    def _path(self, text: str, _: Place) -> Path:
        path = self._at(text)
        self.files.add(path)
        if not path.is_file():
            raise Unfit(f"{path} (no such file)", expected="the path of a file")
        return path

    def _source(self, text: str, _: Place) -> Source:
        kind, colon, _rest = text.partition(":")
        if colon and kind in SOURCES:
            if not SOURCES[kind].fullmatch(text):
                raise Unfit
            return Source(text)
        path = self._at(text)
        if not path.is_file():
            raise Unfit(f"{path} (no such file)")
        return Source(path)

    def _provider(self, text: str, _: Place) -> ProviderName:
        if text not in self._providers:
            raise Unfit(expected=known(sorted(self._providers), "provider", text))
        return ProviderName(text)

    def _rules(self, text: str, _: Place) -> RuleFile:
        path = self._at(text)
        if path not in self._rule_files:
            self._rule_files[path] = RuleFile(path, self._read_rules(path, str(self._folder / text)))
        return self._rule_files[path]

    def _read_rules(self, path: Path, file: str) -> tuple[Rule, ...]:
        node = compose(self.text(path), file, self._mistakes)
        if node is None:
            return ()
        reader = Reader(file, {}, self._mistakes)
        document = reader.read(node, RulesDocument, "")
        self.warnings += review(node, reader)
        return () if document is WRONG else tuple(map(_with_text, document.rules))

    def _at(self, text: str) -> Path:
        return (self._folder / text).absolute()


def _with_text(rule: Rule) -> Rule:
    # A completion that is filtered at once has an empty text; the engine then needs no case for it.
    bare = rule.reply.content_filter == "completion" and rule.reply.json is UNSET and not rule.reply.tool_calls
    if not bare or rule.reply.text is not None:
        return rule
    return replace(rule, reply=replace(rule.reply, text=""))
