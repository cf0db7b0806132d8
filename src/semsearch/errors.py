"""The exceptions of semsearch. Each message is one line: what is wrong, where, and how to fix it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_OTHER_CONTROLS = re.compile(r"[\x00-\x09\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")
"""Control characters that end no line. A path may have them, and a terminal would obey them."""


class SemsearchError(Exception):
    """Base class of all exceptions of semsearch. Line breaks and other control characters become spaces."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(_OTHER_CONTROLS.sub(" ", message).splitlines()))

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickle the message itself: the default would pass it to the constructors below, which take other arguments.
        return _restored, (type(self), *self.args), self.__dict__


def _restored(kind: type[SemsearchError], *args: Any) -> SemsearchError:
    return kind.__new__(kind, *args)


class OutOfMemory(SemsearchError):
    """The process may not use as much memory as it needs."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        where = " ".join(reason.split())
        super().__init__(f"not enough memory: {where}; free memory, or raise the limit of this process (ulimit -v)")


class InvalidSetting(SemsearchError):
    """An environment variable has an invalid value."""

    def __init__(self, variable: str, reason: str) -> None:
        self.variable = variable
        super().__init__(f"{variable}: {reason}; change it or unset it")


class InvalidSiteFile(SemsearchError):
    """The file semsearch.toml is not valid."""

    def __init__(self, file: Path, reason: str) -> None:
        self.file = file
        super().__init__(f"{file}: {reason}; mend it, or remove it to do without")


class MissingExtra(SemsearchError):
    """A package is not installed that only some users need."""

    def __init__(self, package: str, extra: str) -> None:
        self.package, self.extra = package, extra
        super().__init__(f'this needs the package {package}; run: pip install "semsearch[{extra}]"')


class InvalidRequest(SemsearchError):
    """A parameter of a function, request or command is invalid."""

    def __init__(self, param: str, reason: str) -> None:
        self.param, self.reason = param, reason
        super().__init__(f"{param}: {reason}")


class UnsupportedPlatform(SemsearchError):
    """An index is used on an operating system that is not supported."""

    def __init__(self, platform: str) -> None:
        self.platform = platform
        super().__init__(
            f"semsearch runs on Linux and macOS, not on {platform}; on Windows, use the Windows Subsystem for Linux"
        )


class CannotListen(SemsearchError):
    """The service cannot listen on its address."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host, self.port = host, port
        super().__init__(f"cannot listen at {host}, port {port}: {reason}; choose another with --host and --port")


class KeysRequired(SemsearchError):
    """The service would be reachable from other machines, but neither API keys nor public access are configured."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            f"other machines can reach the service at {host}, but no API keys are set; set SEMSEARCH_KEYS_FILE "
            "(semsearch key makes a key), or allow everyone to search with --public"
        )


class PostNotFound(SemsearchError):
    """The index has no post with this id, or the client may not see it."""

    def __init__(self, post_id: str) -> None:
        self.post_id = post_id
        super().__init__(f"no post has the id {post_id[:200]!r}; ids are case-sensitive")


# --- corpus -----------------------------------------------------------------------------------------------------------


class CorpusError(SemsearchError):
    """The corpus cannot be indexed. Nothing was published; the current version stays in use."""


class CorpusNotFound(CorpusError):
    """There is no corpus at this path."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"no corpus at {path}: {reason}; put posts into a .jsonl file there, one JSON object per line")


class CorpusUnreadable(CorpusError):
    """A file or folder of the corpus cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"cannot read {path}: {reason}; fix or remove it, or name another corpus")


class SourceUnreadable(CorpusError):
    """A source of posts cannot be read: a missing folder, a damaged archive, a file of no known kind."""

    def __init__(self, location: Path | str, reason: str) -> None:
        self.location = location
        super().__init__(f"cannot read posts from {location}: {reason}")


class EmptySource(CorpusError):
    """A source was read, but no entry of it is a post."""

    def __init__(self, location: str, kind: str, left_out: str) -> None:
        self.location, self.kind = location, kind
        reason = f"left out: {left_out}" if left_out else "there is nothing to read in it"
        super().__init__(
            f"no post was found in {location}, read as {kind}; {reason}; the corpus stays as it was. "
            "Name another folder, another kind with --as, or what else to take with --include"
        )


class SourceProblems(CorpusError):
    """Something in a source is broken or doubtful, and the run is strict."""

    def __init__(self, location: str, count: int, first: str) -> None:
        self.location, self.count = location, count
        super().__init__(
            f"{location} has {count} problems, the first: {first}; the corpus stays as it was. "
            "Mend them, or run without --strict"
        )


class TooManyPostsLost(CorpusError):
    """A file of the corpus would lose more posts than allowed."""

    def __init__(self, location: str, before: int, after: int, limit: float) -> None:
        self.location, self.before, self.after = location, before, after
        super().__init__(
            f"{location} has {after} posts, and had {before}: more than {limit:.0%} would be lost; the corpus stays as "
            "it was. Check the source, or allow more with --max-loss"
        )


class EmptyCorpus(CorpusError):
    """The corpus has no valid post. Nothing was published."""

    def __init__(self, path: Path, rejected: int, first_reason: str | None) -> None:
        self.path, self.rejected = path, rejected
        why = f"; all {rejected} lines were rejected, the first because: {first_reason}" if rejected else ""
        super().__init__(f"no valid post in {path}{why}; each line is a JSON object with an id and a title")


class TooManyRejected(CorpusError):
    """More than 10 % of the lines of the corpus were rejected. Nothing was published."""

    def __init__(self, rejected: int, lines: int, limit: float, first_reason: str) -> None:
        self.rejected, self.lines, self.limit = rejected, lines, limit
        super().__init__(
            f"{rejected} of {lines} lines rejected, over the limit of {limit:.0%}; nothing was published; "
            f"fix them and run again; the first: {first_reason}"
        )


class TooMuchChurn(CorpusError):
    """More related lists would change than ``--max-churn`` allows. Nothing was published."""

    def __init__(self, changed: int, compared: int, limit: float) -> None:
        self.changed, self.compared, self.limit = changed, compared, limit
        super().__init__(
            f"{changed} of {compared} related lists would change, over the limit of {limit:.1%}; "
            "nothing was published; check what changed, or raise --max-churn"
        )


class DuplicateIds(CorpusError):
    """Two or more posts have the same id. A single duplicate id is an error: nothing was published."""

    def __init__(self, count: int, first_reason: str) -> None:
        self.count = count
        super().__init__(
            f"lines with a duplicate id: {count}; nothing was published; give each post an id of its own; "
            f"the first: {first_reason}"
        )


# --- sources on the web -----------------------------------------------------------------------------------------------


class RemoteError(CorpusError):
    """A document on the web cannot be fetched, or is not."""


class InvalidAddress(RemoteError):
    """An address is not one of a document on the web."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(f"{url!r} is no valid address: {reason}; write it as in https://example.org/blog/")


class PrivateAddress(RemoteError):
    """A host is in the local network, and access to that was not allowed."""

    def __init__(self, host: str, what: str) -> None:
        self.host, self.what = host, what
        super().__init__(
            f"{host} is not on the public internet ({what}); nothing was sent to it; "
            "if it is yours, allow this with --allow-private"
        )


class DisallowedByRobots(RemoteError):
    """The robots.txt of a host disallows an address."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            f"robots.txt disallows {url}; if the site is yours, allow it there for the user agent semsearch"
        )


class FetchFailed(RemoteError):
    """A document cannot be fetched."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(f"cannot fetch {url}: {reason}")


class ServerFailed(FetchFailed):
    """A server does not respond, or reports an error of its own. That may pass."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, f"{reason}; try again later")


class NothingListed(RemoteError):
    """A site has neither a feed nor a sitemap, where they were looked for."""

    def __init__(self, url: str, missing: str) -> None:
        self.url, self.missing = url, missing
        super().__init__(f"no {missing} was found at {url}; give the address of a feed or sitemap")


class SourceBusy(CorpusError):
    """Another process is fetching the same source."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"another process is fetching the source in {folder}; wait until it ends and run again")


class CacheNotWritable(CorpusError):
    """The copy of a document on the web cannot be written: the disk is full, or permission is missing."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(
            f"{path} cannot be written: {reason}; free disk space, or give this user permission to write; "
            "what was fetched so far is kept"
        )


# --- models -----------------------------------------------------------------------------------------------------------


class ModelError(SemsearchError):
    """A model cannot be used."""


class ModelNotFound(ModelError):
    """The model is not on this machine and could not be downloaded."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(
            f"model {name!r} not found: {reason}; give the folder of a sentence-transformers model, or "
            "its name on the Hugging Face hub, or omit the option to use the built-in model"
        )


class NotAModel(ModelError):
    """The folder exists, but is not a sentence-transformers model with safetensors weights."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        super().__init__(
            f"{folder} is not a sentence-transformers model: {reason}; "
            "save one with SentenceTransformer.save_pretrained"
        )


class WeightsMismatch(ModelError):
    """The files of a model have changed since its vectors were computed, or were damaged."""

    def __init__(self, name: str, expected: str, actual: str) -> None:
        self.name, self.expected, self.actual = name, expected, actual
        super().__init__(
            f"the files of {name} have SHA-256 {actual}, not {expected}; reinstall the model, or rebuild with it"
        )


class ExportRefused(ModelError):
    """A model was not exported to OpenVINO, because it cannot be, or because the exported model gives other vectors."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"no OpenVINO form of {name}: {reason}; sentence-transformers is used instead")


# --- index ------------------------------------------------------------------------------------------------------------


class IndexFolderError(SemsearchError):
    """The index on disk cannot be read or changed."""


class IndexNotFound(IndexFolderError):
    """The index has no published version."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"no index at {path} yet; run: semsearch rebuild --index {path}")


class VersionNotFound(IndexFolderError):
    """The index has no version with this name."""

    def __init__(self, version: str, available: list[str]) -> None:
        self.version, self.available = version, available
        super().__init__(f"no version {version}; the index has: {', '.join(available) or 'none'}")


class DamagedVersion(IndexFolderError):
    """A file of a version is missing, or differs from what was published."""

    def __init__(self, version: str, file: str, reason: str) -> None:
        self.version, self.file, self.reason = version, file, reason
        super().__init__(
            f"version {version} is damaged: {file}: {reason}; run: semsearch rollback (to the version before it), "
            "or semsearch rebuild"
        )


class UnsupportedFormat(IndexFolderError):
    """The version has a format that this release of semsearch cannot read."""

    def __init__(self, version: str, found: object, supported: int) -> None:
        self.version, self.found, self.supported = version, found, supported
        super().__init__(
            f"version {version} has format {found!r}, but this release reads format {supported}; run: semsearch rebuild"
        )


class PointerMissing(IndexFolderError):
    """The index has versions, but CURRENT, which names the one in use, is missing."""

    def __init__(self, path: Path, newest: str) -> None:
        self.path, self.newest = path, newest
        super().__init__(
            f"{path / 'CURRENT'} is missing, so no version is in use, although {newest} and perhaps others are there; "
            f"run: semsearch rollback --index {path} (to the newest intact version), or semsearch rebuild"
        )


class PointerDamaged(DamagedVersion):
    """CURRENT, which names the version in use, cannot be read or names no version."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.version, self.file, self.reason = "in use", str(path / "CURRENT"), reason
        SemsearchError.__init__(
            self,
            f"{path / 'CURRENT'}, which names the version in use, {reason}; run: semsearch rollback --index {path} (to "
            "the newest intact version), or semsearch rebuild",
        )


class CurrentVersionMissing(DamagedVersion):
    """CURRENT names a version that is not there."""

    def __init__(self, path: Path, version: str, available: list[str]) -> None:
        self.path, self.version, self.available = path, version, available
        self.file, self.reason = str(path / "CURRENT"), "the version that it names is missing"
        mend = f"semsearch rollback --index {path} (to an intact version), or semsearch rebuild"
        SemsearchError.__init__(
            self,
            f"{path / 'CURRENT'} names version {version}, which is missing; the index has: "
            f"{', '.join(available) or 'no version'}; run: {mend if available else 'semsearch rebuild'}",
        )


class NoIntactVersion(IndexFolderError):
    """There is no version that a rollback could make current."""

    def __init__(self, path: Path, current: str) -> None:
        self.path, self.current = path, current
        super().__init__(
            f"{path} has no intact version before {current}, so it stays current; run: semsearch rebuild, or "
            "semsearch restore with a backup"
        )


class IndexNotReadable(IndexFolderError):
    """A file or folder of the index may be intact, but cannot be read: permission or resources are missing."""

    def __init__(self, path: Path, reason: str) -> None:
        """``reason``: what failed, where, and the mend."""
        self.path, self.reason = path, reason
        super().__init__(f"the index at {path} cannot be read: {reason}")


class IndexNotWritable(IndexFolderError):
    """A file of the index or of its cache cannot be read or written. The version that was current stays in use."""

    def __init__(self, path: Path, reason: str) -> None:
        """``reason``: what failed, where, and the mend."""
        self.path = path
        super().__init__(f"the index at {path} was not changed, and its current version stays in use: {reason}")


class NotFlushed(IndexFolderError):
    """Another version was made current, but the disk has not confirmed that it survives a power failure."""

    def __init__(self, path: Path, version: str, reason: str) -> None:
        """``reason``: what failed, where, and the mend."""
        self.path, self.version = path, version
        super().__init__(
            f"version {version} of {path} is in use now, but was perhaps not flushed to the disk: {reason}; until the "
            "command succeeds once more, a power failure may bring back the version before"
        )


class IndexBusy(IndexFolderError):
    """Another process is changing the index."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"another rebuild or rollback of {path} is running; wait until it ends and run again")


class ExportFailed(SemsearchError):
    """Related lists cannot be exported to a folder."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(f"cannot export to {folder}: {reason}; choose another folder, or fix this one")


class CurationError(SemsearchError):
    """A curation file is invalid or cannot be read."""

    def __init__(self, file: Path, reason: str) -> None:
        self.file, self.reason = file, reason
        super().__init__(f"{file}: {reason}")


class KeysError(SemsearchError):
    """The API keys, in a file or an environment variable, are invalid or cannot be read."""

    def __init__(self, source: str, reason: str) -> None:
        self.source, self.reason = source, reason
        super().__init__(f"{source}: {reason}")


# --- backups ----------------------------------------------------------------------------------------------------------


class BackupFailed(SemsearchError):
    """A backup could not be written. There is no partial file; the index is as it was."""

    def __init__(self, file: Path, reason: str) -> None:
        """``reason``: what failed, where, and the mend."""
        self.file = file
        super().__init__(f"no backup was written to {file}: {reason}")


class InvalidBackup(SemsearchError):
    """A file is not a backup, or is damaged. The index is as it was."""

    def __init__(self, file: Path, reason: str) -> None:
        self.file, self.reason = file, reason
        super().__init__(f"{file} cannot be restored, and the index stays as it was: {reason}")


# --- clients of the HTTP service --------------------------------------------------------------------------------------


class ServiceError(SemsearchError):
    """A request to a service over HTTP failed."""

    def __init__(self, message: str, request_id: str | None = None) -> None:
        self.request_id = request_id
        """The id of the request in the logs of the service; None where the response has none."""
        super().__init__(message)


class ServiceUnreachable(ServiceError):
    """No response was received in time."""

    def __init__(self, address: str, reason: str) -> None:
        self.address, self.reason = address, reason
        super().__init__(
            f"no response from {address}: {reason}; "
            "check that semsearch serve runs there, or give another address or a longer timeout"
        )


class NotAllowed(ServiceError):
    """The service refused the API key, or requires one."""

    def __init__(self, address: str, reason: str, request_id: str | None = None) -> None:
        self.address, self.reason = address, reason
        super().__init__(f"{address} refused the request: {reason}; use an API key with the required scope", request_id)


class TooManyRequests(ServiceError):
    """The service is overloaded, or a rate limit was exceeded."""

    def __init__(
        self, address: str, reason: str, retry_after: float | None = None, request_id: str | None = None
    ) -> None:
        self.address, self.reason = address, reason
        self.retry_after = retry_after
        """Seconds to wait before the next request; None where the response does not say."""
        when = "later" if retry_after is None else f"in {retry_after:g} seconds"
        super().__init__(f"{address} is busy: {reason}; try again {when}", request_id)


class UnexpectedResponse(ServiceError):
    """The response is not one of a semsearch service, or reports an internal error."""

    def __init__(self, address: str, status: int, reason: str, body: str, request_id: str | None = None) -> None:
        self.address, self.status, self.reason = address, status, reason
        self.body = body[:200]
        """The first 200 characters of the response body."""
        super().__init__(
            f"{address} returned {status}: {reason}; check that it is the address of a semsearch service; "
            f"the response begins: {self.body!r}",
            request_id,
        )
