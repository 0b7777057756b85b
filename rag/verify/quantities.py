"""Numbers, units and dates in one form each, however they are written."""

import re
from decimal import Decimal
from typing import NamedTuple

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"

NUMBER_WORDS = {
    **{word: Decimal(value) for value, word in enumerate(_SMALL.split())},
    **{word: Decimal(10 * value) for value, word in enumerate(_TENS.split(), 2)},
}
ORDINALS = {word: value for value, word in enumerate(_ORDINALS.split(), 1)}
SCALES = {
    form: Decimal(10) ** power
    for power, forms in {
        2: "hundred hundreds",
        3: "thousand thousands тысяча тысячи тысяч тыс",
        6: "million millions mln миллион миллиона миллионов млн",
        9: "billion billions bn bln миллиард миллиарда миллиардов млрд",
        12: "trillion trillions trn триллион триллиона триллионов трлн",
    }.items()
    for form in forms.split()
}

# Every way to write a unit, the first one standing for all; "per cent" is one word by then.
_UNITS = """
%: percent процент процента процентов
dollar: dollars $ usd доллар доллара долларов
euro: euros € eur евро
pound: pounds £ gbp фунт фунта фунтов
franc: francs chf франк франков
yen: ¥ jpy иена иен
yuan: cny rmb юань юаней
rouble: roubles ruble rubles ₽ rub рубль рубля рублей
tenge: ₸ kzt тенге
metre: metres meter meters m метр метра метров м
kilometre: kilometres kilometer kilometers km километр километра километров км
centimetre: centimetres centimeter centimeters cm сантиметр сантиметра сантиметров см
millimetre: millimetres millimeter millimeters mm миллиметр миллиметра миллиметров мм
mile: miles
foot: feet ft
inch: inches
hectare: hectares ha гектар гектара гектаров га
litre: litres liter liters l литр литра литров л
gram: grams g грамм грамма граммов г
kilogram: kilograms kg килограмм килограмма килограммов кг
tonne: tonnes ton tons t тонна тонны тонн
second: seconds sec secs секунда секунды секунд
minute: minutes min mins минута минуты минут
hour: hours hr hrs час часа часов
day: days день дня дней
week: weeks неделя недели недель
month: months месяц месяца месяцев
year: years год года лет
c: °c celsius
f: °f fahrenheit
watt: watts w
kilowatt: kilowatts kw квт
megawatt: megawatts mw мвт
gigawatt: gigawatts gw гвт
"""
UNITS = {
    form: name
    for line in _UNITS.split("\n")[1:-1]
    for name, forms in [line.split(": ")]
    for form in (name, *forms.split())
}

_MONTHS = """
jan january январь января январе
feb february февраль февраля феврале
mar march март марта марте
apr april апрель апреля апреле
may май мая мае
jun june июнь июня июне
jul july июль июля июле
aug august август августа августе
sep sept september сентябрь сентября сентябре
oct october октябрь октября октябре
nov november ноябрь ноября ноябре
dec december декабрь декабря декабре
"""
MONTHS = {
    form: number
    for number, line in enumerate(_MONTHS.split("\n")[1:-1], 1)
    for form in line.split()
}

_GROUPED = re.compile(r"\d{1,3}(?:[ ,.'’]\d{3})+")


class Date(NamedTuple):
    """A date as far as it is said; what is not said is 0."""

    year: int
    month: int
    day: int

    def within(self, other: "Date") -> bool:
        """Whether all that this date says, the other one says too."""
        return all(not own or own == theirs for own, theirs in zip(self, other, strict=True))


def values(written: str) -> frozenset[Decimal]:
    """Returns what a number in digits can mean: "1.500" is a thousand and more, or one and a half.

    >>> sorted(map(str, values("1.500"))), sorted(map(str, values("20 000,5")))
    (['1.5', '1500'], ['20000.5'])
    """
    grouped = _GROUPED.match(written)
    if grouped is None:
        return frozenset({_decimal(written.replace(",", "."))})
    head, tail = re.sub(r"\D", "", grouped.group()), written[grouped.end() :]
    meant = {_decimal(head + tail.replace(",", "."))}
    if re.fullmatch(r"\d{1,3}\.\d{3}|0,\d{3}", written):
        meant.add(_decimal(written.replace(",", ".")))
    return frozenset(meant)


def _decimal(digits: str) -> Decimal:
    return Decimal(digits).normalize() + 0
