"""What can go wrong that a user can mend? One tree; each message says what, where, and the fix, in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class SemsearchError(Exception):
    """Any error that semsearch raises on purpose. Its message is one line, whatever the names in it hold."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.splitlines()))

    def __reduce__(self) -> tuple[Any, ...]:
        # Between processes goes the message as it is: the constructors below would write it a second time.
        return _restored, (type(self), *self.args), self.__dict__


def _restored(kind: type[SemsearchError], *args: Any) -> SemsearchError:
    return kind.__new__(kind, *args)


class InvalidSetting(SemsearchError):
    """An environment variable has a value that cannot be used."""

    def __init__(self, variable: str, reason: str) -> None:
        self.variable = variable
        super().__init__(f"{variable}: {reason}; change it or unset it")


class InvalidRequest(SemsearchError):
    """A parameter of a search, a related list or a completion is out of its range."""

    def __init__(self, param: str, reason: str) -> None:
        self.param, self.reason = param, reason
        super().__init__(f"{param}: {reason}")


class CannotListen(SemsearchError):
    """The service cannot have the address that it should listen at."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host, self.port = host, port
        super().__init__(f"cannot listen at {host}, port {port}: {reason}; choose others with --host and --port")


class OpenToAll(SemsearchError):
    """The service would listen where others reach it, and let all of them in."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            f"at {host}, others than this machine can ask, and no keys are set: give some with SEMSEARCH_KEYS_FILE "
            "(semsearch key makes one), or let anybody search with --public"
        )


class PostNotFound(SemsearchError):
    """The index holds no post with this id."""

    def __init__(self, post_id: str) -> None:
        self.post_id = post_id
        super().__init__(f"no post has the id {post_id!r}; ids are compared exactly, upper and lower case too")


# --- corpus -----------------------------------------------------------------------------------------------------------


class CorpusError(SemsearchError):
    """The corpus cannot be indexed as it is. Nothing was published."""


class CorpusNotFound(CorpusError):
    """There is nothing to read where the corpus should be."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"no corpus at {path}: {reason}; put posts into a .jsonl file there, one JSON object a line")


class CorpusUnreadable(CorpusError):
    """The system does not let a file or folder of the corpus be read."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"cannot read {path}: {reason}; mend or remove it, or name another corpus")


class EmptyCorpus(CorpusError):
    """The corpus was read, but not one post in it is valid."""

    def __init__(self, path: Path, rejected: int, first_reason: str | None) -> None:
        self.path, self.rejected = path, rejected
        why = f"; all {rejected} lines were rejected, the first because: {first_reason}" if rejected else ""
        super().__init__(f"no valid post in {path}{why}; a post is a line with a JSON object, its id and title")


class TooManyRejected(CorpusError):
    """So many lines are bad that something is wrong with the file, not with a line."""

    def __init__(self, rejected: int, lines: int, limit: float, first_reason: str) -> None:
        self.rejected, self.lines, self.limit = rejected, lines, limit
        super().__init__(
            f"{rejected} of {lines} lines rejected, over the limit of {limit:.0%}; nothing was published; "
            f"mend them and run again; the first: {first_reason}"
        )


class TooMuchChurn(CorpusError):
    """More related lists would change than may."""

    def __init__(self, changed: int, compared: int, most: float) -> None:
        self.changed, self.compared, self.most = changed, compared, most
        super().__init__(
            f"{changed} of {compared} related lists would change, and at most {most:.1%} may: nothing was published; "
            "look at what changed, or raise --max-churn"
        )


class DuplicateIds(CorpusError):
    """Two posts have the same id, so one of them would be lost."""

    def __init__(self, count: int, first_reason: str) -> None:
        self.count = count
        super().__init__(f"ids used twice: {count}; nothing was published; give each post its own; {first_reason}")


# --- models -----------------------------------------------------------------------------------------------------------


class ModelError(SemsearchError):
    """A model cannot be used."""


class ModelNotFound(ModelError):
    """No such model on this machine, and none could be fetched."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(
            f"model {name!r} not found: {reason}; give a folder that holds a sentence-transformers model, "
            "the name of one on the Hugging Face hub, or leave the option out for the built-in model"
        )


class NotAModel(ModelError):
    """The folder is there, but it is not a sentence-transformers model with safetensors weights."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        super().__init__(
            f"{folder} is not a sentence-transformers model: {reason}; "
            "save one with SentenceTransformer.save_pretrained"
        )


class WeightsMismatch(ModelError):
    """The weights on disk are not the ones that were expected."""

    def __init__(self, name: str, expected: str, actual: str) -> None:
        self.name, self.expected, self.actual = name, expected, actual
        super().__init__(
            f"the files of {name} have SHA-256 {actual}, not {expected}; reinstall the model, or rebuild with this one"
        )


class ExportRefused(ModelError):
    """The OpenVINO form of a model does not give the vectors that sentence-transformers gives."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"no OpenVINO form of {name}: {reason}; sentence-transformers is used instead")


# --- index ------------------------------------------------------------------------------------------------------------


class IndexFolderError(SemsearchError):
    """The index on disk cannot be used or changed."""


class IndexNotFound(IndexFolderError):
    """Nothing has been published yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"no index at {path} yet; run: semsearch rebuild --index {path}")


class VersionNotFound(IndexFolderError):
    """The index has no version of this name."""

    def __init__(self, version: str, available: list[str]) -> None:
        self.version, self.available = version, available
        super().__init__(f"no version {version}; there are: {', '.join(available) or 'none'}")


class DamagedVersion(IndexFolderError):
    """A file of a version is missing, cut short or changed since it was published."""

    def __init__(self, version: str, file: str, reason: str) -> None:
        self.version, self.file, self.reason = version, file, reason
        super().__init__(
            f"version {version} is damaged: {file}: {reason}; run: semsearch rollback (the version before), "
            "or semsearch rebuild (a new one)"
        )


class UnsupportedFormat(IndexFolderError):
    """The version was written by a semsearch that this one cannot read."""

    def __init__(self, version: str, found: object, supported: int) -> None:
        self.version, self.found, self.supported = version, found, supported
        super().__init__(
            f"version {version} has format {found!r}, and this semsearch reads format {supported}; "
            "run: semsearch rebuild"
        )


class IndexNotWritable(IndexFolderError):
    """The disk does not take what is written: it is full, or this user may not write there."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(
            f"{path} cannot be written: {reason}; the version in use stays; make room, or let this user write there"
        )


class IndexBusy(IndexFolderError):
    """Another process is changing this index."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"another rebuild or rollback of {path} is running; wait for it to end and run again")


class ExportFailed(SemsearchError):
    """Files cannot be written where they should be."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(f"cannot export to {folder}: {reason}; choose another folder, or mend this one")


class CurationError(SemsearchError):
    """A file of pinned and hidden posts cannot be used."""

    def __init__(self, file: Path, reason: str) -> None:
        self.file, self.reason = file, reason
        super().__init__(f"{file}: {reason}")


class KeysError(SemsearchError):
    """What says who may ask cannot be used."""

    def __init__(self, source: str, reason: str) -> None:
        self.source, self.reason = source, reason
        super().__init__(f"{source}: {reason}")


# --- a service that is asked over HTTP --------------------------------------------------------------------------------


class ServiceError(SemsearchError):
    """A service was asked, and gave no answer to the question."""

    def __init__(self, message: str, request_id: str | None = None) -> None:
        self.request_id = request_id
        """What the log of the service calls the request; None where it said nothing of that."""
        super().__init__(message)


class ServiceUnreachable(ServiceError):
    """No answer came, or none in time."""

    def __init__(self, address: str, reason: str) -> None:
        self.address, self.reason = address, reason
        super().__init__(
            f"no answer from {address}: {reason}; "
            "see that semsearch serve runs there, or give another address or a longer timeout"
        )


class NotAllowed(ServiceError):
    """The service wants a key that may do this."""

    def __init__(self, address: str, reason: str, request_id: str | None = None) -> None:
        self.address, self.reason = address, reason
        super().__init__(f"{address} does not allow it: {reason}; give a key that may do it", request_id)


class TooManyRequests(ServiceError):
    """The service has too much to do, or this key asked too often."""

    def __init__(
        self, address: str, reason: str, retry_after: float | None = None, request_id: str | None = None
    ) -> None:
        self.address, self.reason = address, reason
        self.retry_after = retry_after
        """Seconds after which it may be asked again; None where it did not say."""
        when = "in a while" if retry_after is None else f"in {retry_after:g} seconds"
        super().__init__(f"{address} does not answer now: {reason}; ask again {when}", request_id)


class UnexpectedAnswer(ServiceError):
    """What came back is nothing that a service says, or says that it failed."""

    def __init__(self, address: str, status: int, reason: str, body: str, request_id: str | None = None) -> None:
        self.address, self.status, self.reason = address, status, reason
        self.body = body[:200]
        """How the answer begins."""
        super().__init__(
            f"{address} answered {status}: {reason}; see that it is the address of a semsearch service; "
            f"the answer begins: {self.body!r}",
            request_id,
        )
