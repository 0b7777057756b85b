"""Small words that change what a sentence claims, in English and Russian."""


def words(text: str) -> frozenset[str]:
    """Returns the words of a list."""
    return frozenset(text.split())


NOT = words(
    "not no never cannot neither nor none nobody nothing nowhere without hardly не нет ни без "
    "никогда никто ничто нельзя"
)
# Stop words of a search that change what a sentence claims.
TELLING = words(
    "above after against all before below both down during few more most only other out over "
    "same under until up off away без более больше все до после только через перед"
)
# Words that only carry a sentence: "a fair called Lux" says no more than "the fair Lux".
LIGHT = words(
    "called named including comprising containing number amount located become became must may "
    "might shall would could ought"
)
PARTS = words("majority most some many several few half part minority большинство часть многие")
PREPOSITIONS = words(
    "between in on at to from for with by of against among across в на до из для с по"
)
ROUGH = words("more less over under about around nearly almost approximately roughly")
ABOUT = ROUGH | words(
    "than some up only a an the its his her their our your my"
)  # may stand between a preposition and a number
BREAKS = words("and but while whereas although though а но и")
# What is planned, possible or demanded has not happened.
MOODS = {
    word: mood
    for mood, forms in {
        "future": "will shall would going будет будут",
        "possible": "may might can cannot could perhaps possibly likely может могут",
        "planned": "plan plans planned planning intend intends intended propose proposes proposed "
        "aim aims hope hopes want wants expect expects expected ready if unless если",
        "claimed": "consider considers considered believe believes believed claim claims claimed "
        "argue argues argued allege alleged suppose supposed seem seems seemed appear appears "
        "appeared deny denies denied doubt doubts doubted unlikely reportedly fail fails failed "
        "refuse refuses refused maintain maintains maintained suggest suggests suggested "
        "считает считают утверждает утверждают отрицает",
        "demanded": "must should ought need needs required urged asked должен должны",
    }.items()
    for word in forms.split()
}
CONDITIONS = words("if unless except only until provided according если только кроме согласно")
HAS = words("has have had имеет имеют")
HOLDS = HAS | words("with comprises comprising includes including contains containing consisting")
AND = words("and or и или")
RELATIVE = words("which who whose whom where который которая которое которые")
COPULAS = words("is are was were — –")
TITLES = words("dr mr mrs ms prof sir")
BETWEEN = words("a an the by")  # "was the", "is by"
# Endings by which words of one family differ: "approve", "approval"; "employs", "employees".
ENDINGS = words(
    "e s es d ed ing er ers or ors ion ions ation ations ment ments al ial ly y ity ive ance "
    "ence ant ent ies ied able ible ness ful ee ees ian ship"
) | {""}
