"""``semsearch serve`` whose workers open no model, which takes each of them seconds: the index is of a fake encoder."""

from __future__ import annotations

from semsearch.cli import main
from semsearch.serving import live_index
from tests.rebuilding.fakes import FakeEncoder

setattr(live_index, "open_encoder_for", lambda *_, **__: FakeEncoder())  # noqa: B010  (workers are forked)

if __name__ == "__main__":
    main()
