import pytest

from rag.holder import of_another


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who is the mayor of Sand?", "The deputy mayor of Sand, Ann Lee, opened the fair."),
        ("Who is the rector?", "They were received by the vice-rector, Ben Oss."),
        ("Who is the prime minister?", "Deputy Prime Minister Carla Dorn spoke."),
        ("Who chairs the board?", "Vice-chair of the board Eva Falk presented the report."),
        ("Who is the president of the club?", "Former president Finn Gull received a medal."),
        ("Who is the mayor? Ann. And who is the rector?", "Ben Oss is vice-rector."),
        ("What are Norway's exports to Chile?", "Chile's exports to Norway were wine and copper."),
        ("What are the exports of Norway to Chile?", "Chile’s main exports to Norway are wine."),
        (
            "Who is Moldova's ambassador in Oslo?",
            "The Ambassador of Norway to Moldova, Nils Ost, met the mayor of Oslo.",
        ),
    ],
)
def test_a_sentence_tells_of_another(question: str, sentence: str) -> None:
    assert of_another(question, sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who is the mayor of Sand?", "The mayor of Sand, Ann Lee, thanked her deputy mayor."),
        ("Is Ann Lee the mayor?", "Ann Lee is the deputy mayor."),
        ("Who is the deputy mayor?", "The deputy mayor of Sand is Ann Lee."),
        ("Who was the president in 1990?", "Former president Finn Gull received a medal."),
        ("What did the president of the club get?", "Former president Finn Gull got a medal."),
        ("Who helps the mayor?", "Ann Lee is the assistant of the mayor."),
        ("What are Norway's exports to Chile?", "Norway's exports to Chile are fish."),
        ("What are Norway's exports to Chile?", "Chile's wine sells in Norway."),
        ("What are Norway's exports to Chile?", "Peru's exports to Chile are fish."),
        ("Are Norway's exports to Chile fish?", "Chile's exports to Norway are wine."),
        (
            "Who is Norway's ambassador to Chile?",
            "The Ambassador of Norway to Chile met the ambassador of Chile to Norway.",
        ),
        ("Кто ректор?", "Проректор университета — Анна Ли."),
        ("", ""),
    ],
)
def test_a_sentence_does_not(question: str, sentence: str) -> None:
    assert not of_another(question, sentence)
