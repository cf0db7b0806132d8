"""Adds to the words of a query what is searched in their place: synonyms of an editor, and acronyms of the corpus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from semsearch.analysis.phrase_table import Match
from semsearch.analysis.stop_words import STOP_WORDS
from semsearch.analysis.words import pieces, tokens
from semsearch.index.acronyms import MAX_EXPANSIONS, Acronyms
from semsearch.index.lexical.query_model import Alternative, QueryWord
from semsearch.ranking.word_rules import WordRules

ACRONYM_WEIGHT = 0.8
"""The weight of an acronym for its expansion, and of an expansion for its acronym: less than that of what was typed."""

Words = tuple[QueryWord, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Looks up phrases and scores in the index of a version."""

    alternative: Callable[[str], Alternative | None]
    """What is searched for a word or phrase; None if it cannot be searched."""
    max_score: Callable[[Words], float]
    """An upper bound of the score of any post for some words."""


def with_synonyms(words: Words, text: str, rules: WordRules, lexicon: Lexicon) -> tuple[Words, dict[str, list[str]]]:
    """Return the words of a query with the synonyms of an editor, and the synonyms by what was typed.

    ``text``: the query.
    """
    applied = {}
    for match in rules.synonym_table.find(text):
        words = _with_alternatives(words, match, 1.0, lexicon)
        applied[match.text] = list(match.value)
    return words, applied


def with_acronyms(
    words: Words,
    text: str,
    acronyms: Acronyms,
    lexicon: Lexicon,
    is_known: Callable[[str, str], bool] = lambda _form, _other_form: True,
) -> Words:
    """Return the words of a query with the expansions of its acronyms, and the acronyms of its expansions.

    A stop word in lower case is no acronym: "who wrote this" does not ask for the World Health Organization.
    ``is_known``: whether the client may know that a form as typed has another form.
    """
    for match in acronyms.other_forms.find(text):
        if not (match.text.islower() and match.text in STOP_WORDS):
            known = [other for other in match.value if is_known(match.text, other)][:MAX_EXPANSIONS]
            words = _with_alternatives(words, replace(match, value=tuple(known)), ACRONYM_WEIGHT, lexicon)
    return words


def _with_alternatives(words: Words, match: Match[tuple[str, ...]], weight: float, lexicon: Lexicon) -> Words:
    """Add the alternatives of a phrase of the query to each of its words, with an equal share of the weight.

    A post that has an alternative gets its score once, in shares, and a post with the words of the query gets theirs.
    An alternative of rarer words than those of the query counts as if it were as frequent, so that it outweighs them in
    no post.
    """
    typed = {piece.text for token in tokens(match.text) for piece in pieces(token.text)}
    members = [place for place, word in enumerate(words) if word.text in typed]
    if not members:
        words, members = (*words, QueryWord(match.text.lower(), ())), [len(words)]
    own_score = lexicon.max_score(tuple(replace(words[place], count=1, alternatives=()) for place in members))
    alternatives = []
    for text in match.value:
        if found := lexicon.alternative(text):
            score = lexicon.max_score((QueryWord(text, (), alternatives=(found,)),))
            alternatives.append(replace(found, weight=weight * min(1.0, own_score / score) / len(members)))
    if not alternatives:
        return words
    changed = list(words)
    for place in members:
        changed[place] = replace(words[place], alternatives=(*words[place].alternatives, *alternatives))
    return tuple(changed)
