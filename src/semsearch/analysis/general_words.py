"""General words: words that any post may use, whatever it is about, so that they name no subject.

Statistics recognise most of them in a large corpus; these lists are for small ones. Other languages have statistics
alone.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_VERBS = (
    "accept accomplish achieve act adapt add address adjust advance affect afford agree aim allow amount analyze "
    "announce answer appear apply appreciate approach appropriate approve argue arrange arrive ask assess assign "
    "assist assume attempt attend avoid base become begin behave believe belong benefit borrow break bring build "
    "call care carry catch cause celebrate change check choose claim clarify collect combine come comment commit "
    "communicate compare complete concern conclude conduct confirm confuse connect consider consist contain "
    "continue contribute control convert copy cost count cover create cut deal decide declare define deliver "
    "demand demonstrate depend deprecate describe deserve determine develop differ discover discuss display "
    "divide do draw drive drop earn edit emerge enable encounter encourage end enhance enjoy ensure enter "
    "establish estimate evaluate evolve examine exceed exist expand expect experience explain explore express "
    "extend face fail fall feature feel fill find finish fit fix focus follow force form fulfill function gain "
    "gather generate get give go grow guarantee guess guide handle happen hear help highlight hit hold hope "
    "identify ignore imagine implement imply improve include increase indicate influence inform initiate inspire "
    "instruct intend interest introduce invest investigate invite involve join jump keep know lack last launch "
    "lead learn leave lend let lie lift like limit link list listen live load look lose love maintain make manage "
    "mark match matter mean measure meet mention mind miss modify motivate move name need note notice observe "
    "obtain occur offer open operate order organize outline own participate pass pay perform permit pick place "
    "plan play point post practice prefer prepare present prevent proceed produce promise promote propose protect "
    "prove provide pull purchase pursue push put raise range reach react read realize receive recognize recommend "
    "record reduce register refer reflect refuse relate release rely remain remember remove repeat replace reply "
    "report represent request require resolve respond rest result return reveal review rise run satisfy save say "
    "scale see seek seem select sell send serve set settle shape share shift show simplify sit solve sort sound "
    "speak specify spend split stand start state stay step stick stop strive struggle study submit succeed "
    "suggest suit summarize supply support suppose switch take talk teach tell tend test thank think throw tie "
    "touch track transform treat trigger trust try turn understand unite update upgrade urge use validate vary "
    "view visit wait walk want warn waste watch welcome win wish wonder work worry write"
)
_ALSO_NOUNS = (
    "address answer approach call care change comment cost control cover design demand display document end "
    "estimate feature focus force form guide help highlight impact increase influence interest issue launch lead "
    "limit link list load mark market match measure name need network note offer open order outline place plan "
    "play point post practice present process produce promise protocol purchase question quote range record "
    "release report request research response result return review risk scale search sense share shift sort sound "
    "split stage start state struggle study supply support switch talk test touch track trust update upgrade use "
    "user view visit vote work"
)
"""Of the verbs above, those that are often nouns or adjectives before a noun."""
_IRREGULAR = (
    "became began begun broke broken brought built bought came caught chose chosen done drawn drew driven drove "
    "fallen fell felt found gave given gone got gotten grew grown heard held kept knew known laid learnt led left "
    "lent lost made meant met paid ran read risen rose said sat saw seen sent shown sold sought spent spoke "
    "spoken stood stuck taken taught told thought threw thrown took understood went won worn written wrote"
)
_NOUNS = (
    "ability action activity addition advantage advice alternative answer anything area article aspect attention "
    "author background beginning behavior behaviour bit blog book case category chance choice circumstance "
    "combination comment complexity component concept conclusion condition consequence consideration content "
    "context contribution conversation couple course danger date day decade default decision definition "
    "description detail difference difficulty direction discussion document draft edge effect effort element end "
    "enhancement environment episode error evening event everybody everyone everything evidence exact example "
    "exception exercise existence expectation explanation expression extent fact factor feedback feeling field "
    "figure file fun future glance goal group guy half hand head hello hi home hour idea image impact "
    "implementation implication importance improvement individual information input insight instance intention "
    "interview introduction issue item job journey key kind knowledge lack latter lesson level life line lot "
    "magic manner material maximum meaning member message method middle minimum minute mistake model moment month "
    "morning motivation nature news night nothing notion number object objective occasion opinion opportunity "
    "option output overview page pair paper paragraph part past pattern people percent percentage period person "
    "perspective phase phrase piece plenty possibility potential power principle priority problem procedure "
    "process product progress project proposal purpose quality quarter question quote program rationale reader "
    "reality reason recent recommendation reference relation requirement resource response role rule sake sample "
    "scenario scene schedule scope second section sense sentence series session side sign site situation size "
    "skill solution somebody someone something source space specification staff stage standard story strategy "
    "stuff style subject success summary surface system table task team technique term text theme theory thing "
    "time tip title today tomorrow tonight tool top topic transition trend truth type uncle unit usage user value "
    "variant variety version video vision way webpage website week whole word world year yesterday"
)
_ADJECTIVES = (
    "able absolute abstract active actual additional adequate advanced alone amazing ambitious apparent "
    "appropriate available awesome aware awful bad basic beautiful best better big brief bright broad busy "
    "capable careful central certain cheap clean clear clever close cold common complete complex comprehensive "
    "concrete confident consistent constant convenient cool correct creative critical crucial current daily dark "
    "dear deep different difficult direct due dynamic eager early easy effective efficient entire equal essential "
    "eventual everyday exact excellent excited exciting existing expensive explicit extra extreme fair familiar "
    "famous fast favorite few final fine first flexible former formal fresh full fundamental funny further "
    "general glad good grand great greater half happy hard healthy heavy helpful high honest hot huge ideal "
    "immediate important impossible impressive independent individual initial innovative interested interesting "
    "internal joint large last late least less likely little long loose low lucky main major meaningful mere "
    "minimal minor mixed modern multiple mutual narrow natural near neat necessary negative new next nice normal "
    "notable numerous obvious occasional odd official old only opposite ordinary original overall particular past "
    "perfect personal pleasant plain popular positive possible potential powerful practical precise present "
    "previous primary prior private proper proud pure quick quiet random rapid rare ready real realistic "
    "reasonable recent regular relative relevant reliable rich right rough sad safe same scary second separate "
    "serious several severe sharp short significant similar simple single slight slow small smart smooth soft "
    "solid special specific spoken standard steady strange strict strong subtle successful sudden sufficient "
    "suitable sure sweet technical temporary terrible third thorough tight tiny tough tremendous true typical "
    "ultimate unable uncertain unclear unexpected unfortunate unique unknown unlikely unnecessary unusual useful "
    "usual valid valuable various vast visible vital warm weak weekly weird whole wide wild willing wonderful "
    "wrong yearly young"
)
_OTHER = (
    "above according accordingly across actually afterwards again ago ahead almost along already alright "
    "alongside altogether always among amongst annual anyway anywhere apart around aside away back basically "
    "behind beneath beside besides beyond billion cannot certainly despite down dozen eight either else elsewhere "
    "enough especially etc eventually every everywhere except far five fortunately forward four furthermore hence "
    "hey hopefully however hundred immediately indeed instead inside least like literally longer maybe meanwhile "
    "million moreover mostly namely nearly neither never nevertheless next nine nobody none nor now nowadays "
    "often oh ok okay once opposite otherwise outside overall perhaps please plus possibly previously probably "
    "quite rather really regarding regardless round seldom seven simply since six sometime sometimes somewhat "
    "somewhere soon ten thanks thereby therefore third though thousand three throughout thus together twice two "
    "unfortunately us unless unlike unlikely upcoming usually versus wherever whether whereas yes zero"
)
_DATES = (
    "january february march april may june july august september october november december jan feb mar apr jun "
    "jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri "
    "sat sun spring summer autumn winter"
)

_GERMAN = (
    "ablauf ähnlich aktuell aktuelle aktuellen aktueller allem allen aller alles allerdings allgemein anfang "
    "angebot ansatz anfangen arbeit arbeiten arbeitet art artikel aufgabe aufgaben aufgrund außerdem autor "
    "autoren bald beginn beginnen beginnt beim beiden beispiel beispiele bereich bereiche bereits beitrag "
    "beiträge bekommen bekommt besonders besser beste besten bestimmte bestimmten bisher bitte bleiben bleibt "
    "brauchen braucht bringen bringt dabei dadurch dafür daher damals daran darauf darüber davon dazu deutlich "
    "dinge direkt eben eher eigene eigenen einfach einige einigen einmal ende endlich entscheidung entwickeln "
    "entwickelt entwicklung ergebnis ergebnisse erhalten ersten erste erstmals etwa euro fall fälle fast finden "
    "findet folge folgen folgende form frage fragen früher führen führt ganz ganze ganzen geben gab gegen geht "
    "gehen genau gerade gern gerne gestern gibt gleich groß große großen großer grund gründe gruppe gut gute "
    "guten häufig halten hält heute hier hilfe hilft idee ideen immer inhalt inhalte insgesamt januar februar "
    "märz april mai juni juli august september oktober november dezember jahr jahre jahren jahres jede jeden "
    "jeder jedoch jetzt klein kleine kleinen klar komm kommen kommt konnte könnte können lassen lässt leben "
    "leicht leider lernen lesen letzte letzten leser leute liegt machen macht mal manchmal mensch menschen meist "
    "mittel möglich möglichkeit möglichkeiten monat monate monaten montag dienstag mittwoch donnerstag freitag "
    "samstag sonntag morgen muss müssen nächste nächsten name namen natürlich neu neue neuen neuer neues nie "
    "nutzen nutzt oft ort paar person personen problem probleme projekt projekte punkt recht reihe richtig rolle "
    "sache sagen sagt schnell schon schreiben schritt schritte sehen sehr seite seiten selbst setzen sicher sieht "
    "situation sollte sollten sowie später stehen steht stelle stellen stellt stunde stunden tag tage tagen team "
    "teil teile text thema themen tun überall überblick überhaupt uhr unsere unserem unseren unserer unterschied "
    "verschiedene verschiedenen version viel viele vielen vielleicht vorher wahl weg weise weiter weitere "
    "weiteren weiterhin welt wenig wenige werden wichtig wichtige wichtigsten wieder wirklich wissen woche wochen "
    "wort worte zahl zeigen zeigt zeit zeiten ziel ziele zuerst zukunft zunächst zurück zusammen zweite zweiten"
)
_FRENCH = (
    "actuel actuelle ailleurs ainsi ajouter ajout aller alors an ans année années apporter apprendre après "
    "article articles assez aucun aucune aujourd aujourd'hui auteur autre autres avoir beaucoup besoin bien "
    "bientôt bon bonne bonnes bons but cas certain certaine certaines certains changement chaque choix chose "
    "choses cela cependant choisir comment comprendre créer début décembre déjà demain demande demander dernier "
    "dernière dernières derniers devenir deux différent différente différentes différents dimanche dire doit donc "
    "donner développer développement effet ensemble ensuite entre équipe être exemple exemples façon facile faire "
    "fait faut fin février fois font forme grand grande grandes grands groupe guide heure heures hier homme hui "
    "ici idée idées important importante importants janvier jeudi jour jours juillet juin jusqu lecteur lieu lire "
    "long longtemps lorsque lundi maintenant manière mardi mars meilleur meilleure mercredi mettre mieux mise "
    "mois moment monde mot mots nombre nombreuses nombreux nom nouveau nouveaux nouvel nouvelle nouvelles "
    "novembre octobre outil outils page pages partie parfois passer pays pendant personne personnes petit petite "
    "petites petits peu peut peuvent place plupart plusieurs point points possible pouvoir première premier "
    "premiers présenter prendre principe prix problème problèmes prochain prochaine projet projets puis qualité "
    "question questions quelque quelques raison raisons rendre réponse reste résultat résultats rien rôle samedi "
    "semaine semaines sens septembre seul seule simple situation solution solutions souvent suite sujet sujets "
    "surtout système tant temps texte toujours tous tout toute toutes travail très trois trop trouver type "
    "utiliser utilisation vendredi venir version vie voici voir vouloir vraiment vue août avril mai"
)
_SPANISH = (
    "abril actual ahora agosto algo algún alguna algunas algunos año años antes aquí así artículo artículos "
    "aunque autor ayer ayuda bien bueno buena buenas buenos cada cambio cambios casi caso casos cómo conocer cosa "
    "cosas crear cualquier cuenta dar decir deben debe desarrollo después día días diciembre diferente diferentes "
    "dice domingo dos ejemplo ejemplos empezar enero entonces equipo escribir espacio especial está etapa fácil "
    "febrero fin final forma formas gente gran grande grandes grupo guía haber hace hacer hacia hasta hecho "
    "historia hora horas hoy idea ideas importante importantes incluso información jueves julio junio largo "
    "lector lectores leer libro llegar lugar lunes manera mañana martes marzo mayor mayo mayoría mejor mejores "
    "menos mes meses miércoles mientras mismo misma modo momento mucha muchas mucho muchos mundo nada nombre "
    "noviembre nueva nuevas nuevo nuevos número nunca octubre otra otras otro otros página páginas país palabra "
    "palabras parte partes pasado pequeño pequeña persona personas poco poder posible pregunta preguntas primer "
    "primera primero problema problemas proceso pronto próximo próxima proyecto proyectos puede pueden punto "
    "puntos razón resultado resultados sábado saber semana semanas septiembre siempre siguiente sistema situación "
    "sobre solo solución tema temas tener texto tiempo tipo toda todas todavía todo todos trabajo tres última "
    "último usar uso utilizar varias varios ver versión vez veces vida viernes vista"
)
_ITALIAN = (
    "altra altre altri altro anche ancora anni anno articolo articoli aspetto bene bisogno buon buona buono caso "
    "casi cosa cose così creare dare dire diverse diversi domanda domande dopo due esempio essere fare fatto fine "
    "forma giorni giorno gruppo idea idee importante ieri insieme inizio lavoro libro lungo luogo maggior meglio "
    "meno mese mesi modo molte molti molto momento mondo nome numero nuova nuove nuovi nuovo oggi ogni ora parola "
    "parole parte passato persona persone piccola piccolo poco poi possibile prima primo problema problemi "
    "progetto progetti proprio punto qualche qualità quando quasi questione quindi ragione risultato risultati "
    "scrivere sempre settimana settimane sistema situazione solo soluzione spesso stato stesso storia strumento "
    "strumenti tanto tempo testo tipo trovare tutta tutte tutti tutto ultima ultimo usare uso vedere versione "
    "vita volta volte"
)
_DUTCH = (
    "aantal aandacht alles allemaal artikel begin beste beter bijvoorbeeld boek dag dagen deel derde dingen doel "
    "doen drie echt eerst eerste eigen einde elk elke enkele gaan geen geven gewoon goed goede graag groep groot "
    "grote hele hulp idee iedereen iets jaar jaren kant keer klein kleine komen komt kunnen laat laatste land "
    "later leven lezen maand maanden maken manier mens mensen minder moment morgen naam nieuw nieuwe nodig nooit "
    "ochtend onderwerp onze oplossing overzicht paar pagina periode plaats probleem problemen project projecten "
    "punt reden resultaat resultaten samen schrijven soms soort stap stappen steeds stuk team tekst tijd twee uur "
    "vaak vandaag veel verschillende versie vinden volgende voorbeeld vorige vraag vragen vrij wereld werk werken "
    "week weken weer weinig woord woorden zaken zeer zien"
)
_PORTUGUESE = (
    "agora ainda alguma algumas alguns ano anos antes aqui artigo artigos assim autor bem boa bom cada caso casos "
    "coisa coisas como criar dar depois desenvolvimento dia dias diferente diferentes dizer dois durante equipe "
    "exemplo exemplos fácil fazer fim forma formas gente grande grandes grupo guia história hoje hora horas ideia "
    "ideias importante importantes informação início lado ler livro lugar maior maioria maneira mês meses melhor "
    "melhores menos mesma mesmo modo momento muita muitas muito muitos mundo nome nova novas novo novos número "
    "nunca ontem outra outras outro outros página páginas palavra palavras parte partes passado pequena pequeno "
    "pessoa pessoas poder ponto possível pouco pergunta primeira primeiro problema problemas processo projeto "
    "projetos próxima próximo qualidade qualquer quase razão resultado resultados saber semana semanas sempre ser "
    "sistema situação solução tempo tema temas ter texto tipo toda todas todo todos trabalho três última último "
    "usar uso ver versão vez vezes vida"
)
_BY_LANGUAGE: Mapping[str, str] = {
    "de": _GERMAN,
    "es": _SPANISH,
    "fr": _FRENCH,
    "it": _ITALIAN,
    "nl": _DUTCH,
    "pt": _PORTUGUESE,
}


_MEDIUM = (
    "part parts chapter chapters episode episodes volume version versions blog blogs teil teile folge kapitel ausgabe "
    "partie chapitre parte deel aflevering capítulo capitolo"
)
MEDIUM_WORDS = frozenset(_MEDIUM.split())
"""Words for what is read, and words before a number, as in *part 2*. They are in no phrase."""


DATE_WORDS = frozenset(_DATES.split())
"""English months, weekdays and seasons. They are in no phrase."""


@dataclass(frozen=True, slots=True)
class GeneralWords:
    """The general words of a language in lower case, in all their forms."""

    every: frozenset[str]
    not_first: frozenset[str] = frozenset()
    """Those with which no noun phrase begins: verbs, adjectives, adverbs."""
    not_last: frozenset[str] = frozenset()
    """Those with which no noun phrase ends: past tenses, adjectives, adverbs."""


@functools.cache
def general_words(language: str) -> GeneralWords:
    """Return the general words of a language, an ISO 639 code; none for a language without a list."""
    if language != "en":
        words = frozenset(_BY_LANGUAGE.get(language, "").split())
        return GeneralWords(words, words, words)
    verbs, nouns = _VERBS.split(), frozenset(_NOUNS.split())
    both = frozenset(_ALSO_NOUNS.split())
    noun_forms = frozenset(form for noun in nouns for form in (noun, _with_s(noun)))
    present = {verb: frozenset(_noun_like_forms(verb)) for verb in verbs}
    past = {form for verb in verbs for form in _past_forms(verb)} | {*_IRREGULAR.split()}
    others = {form for adjective in _ADJECTIVES.split() for form in _adjective_forms(adjective)}
    others |= {*_OTHER.split(), *_DATES.split()}
    no_nouns = frozenset(others) - noun_forms
    return GeneralWords(
        every=frozenset(noun_forms.union(past, others, *present.values())),
        not_first=no_nouns.union(past, *(forms for verb, forms in present.items() if verb not in both)) - noun_forms,
        not_last=no_nouns.union(past, *({verb, _with_s(verb)} for verb in verbs if verb not in both)) - noun_forms,
    )


def _with_s(word: str) -> str:
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"


def _verb_stems(verb: str) -> tuple[str, ...]:
    """Return what endings are added to. A final consonant may be doubled or not, so some forms do not exist."""
    return (verb[:-1],) if verb.endswith("e") else (verb, verb + verb[-1])


def _noun_like_forms(verb: str) -> Iterator[str]:
    """Yield the forms of a verb that may also be nouns."""
    yield from (verb, _with_s(verb))
    for stem in _verb_stems(verb):
        yield from (f"{stem}ing", f"{stem}ings", f"{stem}er", f"{stem}ers")


def _past_forms(verb: str) -> Iterator[str]:
    if verb.endswith("y") and verb[-2] not in "aeiou":
        yield f"{verb[:-1]}ied"
    for stem in _verb_stems(verb):
        yield f"{stem}ed"


def _adjective_forms(adjective: str) -> Iterator[str]:
    yield adjective
    if adjective.endswith("y"):
        stem = f"{adjective[:-1]}i"
        yield from (f"{stem}ly", f"{stem}er", f"{stem}est")
    elif adjective.endswith("le"):
        yield from (f"{adjective[:-1]}y", f"{adjective}r", f"{adjective}st")
    elif adjective.endswith("e"):
        yield from (f"{adjective}ly", f"{adjective}r", f"{adjective}st")
    else:
        double = adjective + adjective[-1]
        yield from (
            f"{adjective}ly",
            f"{adjective}ally",
            f"{adjective}er",
            f"{adjective}est",
            f"{double}er",
            f"{double}est",
        )
