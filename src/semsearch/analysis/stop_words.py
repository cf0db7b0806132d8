"""English stop words: function words of prose and of typed queries."""

from __future__ import annotations

STOP_WORDS = (  # noqa: SIM905  (a list of strings would be harder to read)
    # articles, demonstratives, pronouns
    "a an the this that these those i me my mine myself we us our ours ourselves you your yours yourself he him his "
    "himself she her hers herself it its itself they them their theirs themselves one "
    # interrogatives
    "what which who whom whose when where why how "
    # auxiliaries
    "am is are was were be been being have has had having do does did doing done will would shall should can could may "
    "might must "
    # conjunctions, prepositions
    "and or but nor if then than so as because while until although though whether of at by for with about between "
    "through during before after above below to from in into on onto out off over under again further upon within "
    "without toward towards via per "
    # adverbs and quantifiers
    "not no only just also too very there here such some any all both each few more most other another same own ever "
    "yet still even much many "
    # fragments of contractions, which are split at the apostrophe
    "s t d ll m re ve don didn doesn isn aren wasn weren won wouldn couldn shouldn hasn haven hadn"
).split()
