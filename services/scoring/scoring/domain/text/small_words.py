"""The small words by which Latin letters give their language away: English on one side, its neighbours on the other."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENGLISH_WORDS = _words("""
    the a an and or of to in is it this that was for with you i my not are be have has but on at so they we your what
    how do does did just if all can will would no me from by there their very too please thanks thank good bad great
    love when who why where been were he she his her them our us about out up get got don't it's i'm
""")

# Spanish, French, German, Italian, Portuguese, Dutch, Indonesian, Turkish, Polish, Tagalog and Swedish.
OTHER_WORDS = _words("""
    el los las una unos del que por para está muy pero como más es gracias hola
    le les des du est une un pour pas dans avec sur qui je vous nous mais très merci bonjour c'est
    der und ist nicht ein eine ich mit für auf sehr wir sie auch danke
    il che sono della gli molto grazie ciao
    não uma com você muito obrigado obrigada isso os
    het een niet voor
    yang tidak ini itu untuk dengan saya bagus
    bir ve çok bu için değil
    jest nie się
    ako ang ng mga
    och att det är inte jag på
""")
