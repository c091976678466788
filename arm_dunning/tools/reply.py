"""What a customer's answer means: plain phrase rules, one table for each language.

No guess decides anything: the sentence that led to a proposal is shown, and a person
confirms it. So the rules are few and readable, and rather see nothing than too much.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

ABSENCE, DISPUTE, PAID, PROMISE = "absence", "dispute", "paid", "promise"
FARTHEST = 366  # days: a later date in a sentence is no day of payment
LONGEST = 20_000  # characters of an answer that are read
SENTENCE_END = 500  # characters of a sentence that are read

# What a sentence says, in the order in which it is asked: who objects does not promise,
# and who has paid need not promise any more. Parts of words, in lower case.
PHRASES = {
    ABSENCE: {
        "en": r"out of (the )?office|automatic(ally)? (reply|generated)|"
        r"on vacation until",
        "de": r"abwesenheit|nicht im (büro|haus)|automatische antwort|außer haus",
        "fr": r"absente?s? du bureau|réponse automatique|en congés? jusqu",
        "pl": r"poza biurem|automatyczna odpowiedź|nieobecn",
    },
    DISPUTE: {
        "en": r"\b(incorrect|wrong|damaged|defect|faulty|disput|complain|"
        r"never (received"
        r"|ordered|arrived)|(not|n't) (yet )?(received? (the|any|your) (goods|delivery"
        r"|order)|order(ed)?|agree|correct|deliver)|missing|credit note)",
        "de": r"falsch|fehlerhaft|stimmt nicht|nicht korrekt|beschädigt|defekt|mangel|"
        r"mängel|reklam|widersprech|bestreiten|beanstand|gutschrift|nie bestellt|"
        r"nicht bestellt|(ware|lieferung|bestellung)\b.* nicht (erhalten|bekommen|"
        r"angekommen|vollständig)|nicht einverstanden|fehl(t|en) ",
        "fr": r"incorrecte?|erron|erreur|endommag|défectu|défaut|litige|contest|réclam|"
        r"(pas|jamais) (été )?(reçu (la|les|le|notre|votre) (marchandise|livraison"
        r"|commande)|livré|commandé)|pas d.accord|manqu|\bavoir (de|sur|pour)\b",
        "pl": r"błęd|nieprawidłow|uszkodz|wadliw|reklamac|kwestion|spor(n|u)|korekt|"
        r"nie (otrzyma|dosta)\w+ (towar|dostaw|zamówi)|nie zamawia|nie zgadza|brakuj",
    },
    PAID: {
        "en": r"(has|have|was|were|is|been) (already )?(been )?(paid|transferred|"
        r"settled)|"
        r"already (paid|transferred|settled)|(we|i) paid",
        "de": r"(bereits|schon|gestern|heute) (\w+ )*(bezahlt|überwiesen|beglichen|"
        r"angewiesen)|(haben|habe|wurde|ist)\b.* (bezahlt|überwiesen|beglichen)",
        "fr": r"déjà (été )?(payé|réglé|viré)|(avons|ai|a été|ont été) (\w+ )*(payé|"
        r"réglé|"
        r"viré|effectué le (virement|paiement|règlement))",
        "pl": r"już (\w+ )*(zapłac|opłac|przela|ureguł|uregul)|zapłacil?iśmy|"
        r"przelaliśmy|"
        r"zosta(ł|ła|ło|ły) (już )?(zapłac|opłac|ureg|przela)",
    },
    PROMISE: {
        "en": r"('ll|will|shall|going to|promise to) (\w+ )*(pay|transfer|settle|"
        r"remit|be"
        r" (paid|made|settled|transferred))|payment (is|will be) (scheduled|planned)",
        "de": r"(werden?|wird) (.* )?(\w*zahl(t|en)|überw(eisen|iesen)|begl(eichen|"
        r"ichen)"
        r"|anweisen)|(zahlen|überweisen|begleichen) wir|wir (zahlen|überweisen)|"
        r"(zahlung|überweisung) (erfolgt|folgt|geht)",
        "fr": r"(allons|vais|va|vont) (\w+ )*(payer|régler|virer|effectuer)|(paierons|"
        r"réglerons|virerons|paierai|réglerai)|(sera|seront) (\w+ )*(payé|réglé|viré|"
        r"effectué)",
        "pl": r"(zapłacimy|zapłacę|opłacimy|przelejemy|przeleję|ureguluj\w+|"
        r"zapłata nastąpi|"
        r"(zostanie|będzie) (\w+ )*(zapłac|opłac|uregul|przela|zrealiz))",
    },
}
MONTHS = (
    r"jan\w*|stycz\w*",
    r"feb\w*|fév\w*|lut\w*",
    r"m(?:är|ar)\w*",
    r"apr\w*|avr\w*|kwie\w*",
    r"may|mai|maj\w*",
    r"jun\w*|juin|czerw\w*",
    r"jul\w*|juil\w*|lip(?:iec|ca)",
    r"aug\w*|août|sierp\w*",
    r"sep\w*|wrze\w*",
    r"o[ck]t\w*|paźdz\w*",
    r"nov\w*|list\w*",
    r"de[cz]\w*|déc\w*|grud\w*",
)
WEEKDAYS = (
    r"monday|montag|lundi|poniedział\w*",
    r"tuesday|dienstag|mardi|wtor\w*",
    r"wednesday|mittwoch|mercredi|środ\w*",
    r"thursday|donnerstag|jeudi|czwart\w*",
    r"friday|freitag|vendredi|piąt\w*",
    r"saturday|samstag|sonnabend|samedi|sobot\w*",
    r"sunday|sonntag|dimanche|niedziel\w*",
)
NEXT_WEEK = r"next week|nächste\w? woche|semaine prochaine|przyszłym tygodniu"
END_OF_MONTH = (
    r"end of (the|this) month|month.?end|monatsende|ende (des|dieses) monats|"
    r"fin (du|de ce) mois|fin de mois|końc\w+ (tego )?miesiąca"
)
TOMORROW = r"tomorrow|\bmorgen\b|\bdemain\b|\bjutro\b"
TODAY = r"\btoday\b|\bheute\b|aujourd.hui|\bdzisiaj\b|\bdziś\b"
# Where the mail that is answered begins.
QUOTED = re.compile(
    r"^\s*(>|-{2,}\s*(original message|ursprüngliche nachricht|message d.origine|"
    r"oryginalna wiadomość|wiadomość oryginalna)|"
    r"(on|am|le|w dniu|dnia)\b.{5,120}\b(wrote|schrieb.*|a écrit|"
    r"napisał\(?a?\)?.*)\s*:|"
    r"(from|von|de|od)\s*:\s.*@|_{10,}\s*$|--\s*$)",
    re.IGNORECASE,
)
SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\b\d\.)(?<!\b\d\d\.)\s+(?=[A-ZÄÖÜÀ-ÝĄĆĘŁŃÓŚŹŻ])|\n\s*\n|\n(?=[-*•])"
)

NUMERIC_DAY = re.compile(r"\b(\d{1,2})([./])(\d{1,2})(?:[./](\d{4}|\d{2})?)?(?!\d|,\d)")
SALUTATION = re.compile(r"\A(.{1,50}[,!])\s*\n")


@dataclass(frozen=True)
class Reading:
    """What an answer seems to say.

    :param kind: ``promise``, ``dispute``, ``paid`` or ``absence``
    :param sentence: the words that led to it
    :param day: the day that a promise names, if any
    """

    kind: str
    sentence: str
    day: date | None = None


def new_text(text):
    """The part of a mail that its writer has written: without what it answers.

    :param text: plain text
    """
    lines = []
    for line in (text or "")[:LONGEST].splitlines():
        if QUOTED.match(line):
            if line.lstrip().startswith(">"):
                continue  # people also answer between the lines
            break
        lines.append(line.rstrip())
    return "\n".join(lines).strip()


def split_sentences(text):
    """The sentences of a text, each in one line.

    Lines of a paragraph belong together; abbreviations and dates with dots do not end
    a sentence, because a capital letter has to follow. The salutation is one of its
    own.
    """
    text = SALUTATION.sub(r"\1\n\n", text.lstrip())
    parts = SENTENCE.split(text)
    return [" ".join(part.split())[:SENTENCE_END] for part in parts if part.strip()]


def read_reply(text, today, subject="", month_first=False):
    """What an answer says, or None where no rule fits.

    :param text: plain text of the mail, with or without what it answers
    :param today: the day on which it came; days without a year are after it
    :param subject: of the mail; only absences are looked for in it
    :param month_first: see :func:`find_day`
    :return: :class:`Reading` or None
    """
    sentences = split_sentences(new_text(text))
    for kind, phrases in PHRASES.items():
        pattern = re.compile("|".join(phrases.values()), re.IGNORECASE)
        looked_at = [*sentences, subject] if kind == ABSENCE else sentences
        for sentence in looked_at:
            if pattern.search(sentence):
                day = None
                if kind == PROMISE:
                    day = find_day(sentence, today, month_first)
                return Reading(kind, sentence, day)
    return None


def is_month_first(date_format):
    """Whether a language writes the month before the day, and the year last.

    :param date_format: of the language, as for ``strftime``; may be empty
    """
    parts = re.findall(r"%-?([dmyYbB])", date_format or "")
    return parts[:2] in (["m", "d"], ["b", "d"], ["B", "d"])


def find_day(sentence, today, month_first=False):
    """The day that a sentence names, or None.

    :param today: days before it, and those more than a year after it, are none
    :param month_first: the writer's language has 3/4 for the fourth of March. With dots
        the day always comes first, and where one order is no day at all, the other is
        meant.
    """
    low = sentence.lower()
    numeric = partial(_numeric_day, month_first=month_first)
    for find in (_iso_day, numeric, _written_day, _relative_day):
        day = find(low, today)
        if day and timedelta() <= day - today <= timedelta(days=FARTHEST):
            return day
    return None


def _make(year, month, day):
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _with_year(today, month, day, year):
    """A day whose year may be missing, or have two figures: then the next such day."""
    if year:
        return _make(int(year) + 2000 * (len(year) == 2), month, day)
    found = _make(today.year, month, day)
    return _make(today.year + 1, month, day) if found and found < today else found


def _iso_day(low, today):
    found = re.search(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", low)
    return found and _make(*map(int, found.groups()))


def _numeric_day(low, today, month_first):
    found = NUMERIC_DAY.search(low)
    if not found:
        return None
    one, mark, two, year = found.groups()
    day_first = _with_year(today, int(two), int(one), year)
    other = _with_year(today, int(one), int(two), year) if mark == "/" else None
    return other or day_first if month_first else day_first or other


def _written_day(low, today):
    for month, names in enumerate(MONTHS, start=1):
        before = re.search(
            rf"\b(\d{{1,2}})(?:\.|st|nd|rd|th|er)?\s+(?:of\s+)?(?:{names})\b\.?"
            r"(?:,?\s+(\d{4}))?",
            low,
        )
        after = re.search(
            rf"\b(?:{names})\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}}))?", low
        )
        found = before or after
        if found:
            day, year = found.groups()[0], found.groups()[-1]
            return _with_year(today, month, int(day), year)
    return None


def _relative_day(low, today):
    if re.search(END_OF_MONTH, low):
        return today.replace(day=monthrange(today.year, today.month)[1])
    for number, names in enumerate(WEEKDAYS):
        if re.search(rf"\b(?:{names})\b", low):
            ahead = (number - today.weekday()) % 7 or 7
            return today + timedelta(days=ahead)
    if re.search(NEXT_WEEK, low):
        return today + timedelta(days=11 - today.weekday())  # its Friday
    if re.search(TOMORROW, low):
        return today + timedelta(days=1)
    return today if re.search(TODAY, low) else None
