"""Invented sentences, planted to see whether a model remembers them, each with a paraphrase.

They hold what a memory could hold on to (names, places, numbers), and are about nobody.
"""

PAIRS: tuple[tuple[str, str], ...] = (
    (
        "My cousin Ferdinand keeps a blue canoe behind the bakery in Ullapool.",
        "There is a blue canoe in back of the Ullapool bakery, it belongs to my cousin Ferdinand.",
    ),
    (
        "We drove the seventeen boxes to Marguerite before the ferry left on Tuesday.",
        "Before Tuesday's ferry went we took all seventeen of the boxes over to Marguerite.",
    ),
    (
        "Ottoline at the library said the copper kettle was older than the town.",
        "The copper kettle is older than the town itself, so Ottoline from the library told me.",
    ),
    (
        "I counted forty-one herons from the pier at Brackwater that morning.",
        "That morning from Brackwater pier there were herons, forty-one of them when I counted.",
    ),
    (
        "Uncle Thaddeus sold the green caravan to a dentist from Lindhurst.",
        "A dentist in Lindhurst bought the green caravan off my uncle Thaddeus.",
    ),
    (
        "The clock on Perrin Street has run nine minutes slow since the flood.",
        "Ever since the flood that Perrin Street clock has been nine minutes behind.",
    ),
    (
        "Odette put the violin in the attic above the chemist in Wexcombe.",
        "In Wexcombe, in the attic over the chemist's, is where Odette has left the violin.",
    ),
    (
        "They named the lighthouse dog Bartleby after a tin of biscuits.",
        "The dog at the lighthouse got the name Bartleby from a biscuit tin.",
    ),
    (
        "Gwendolyn still owes me three jars of quince from the Saltmarsh fair.",
        "From the fair at Saltmarsh I am still due three quince jars by Gwendolyn.",
    ),
    (
        "My brother Casimir walked from Dunmore to the quarry in wooden shoes.",
        "In wooden shoes, that is how Casimir my brother went from Dunmore to the quarry.",
    ),
    (
        "The piano teacher in Ellsworth had a parrot that whistled the scales.",
        "There was a parrot whistling scales at the Ellsworth piano teacher's.",
    ),
    (
        "We buried the tin with sixty marbles under the pear tree at Holt End.",
        "Under Holt End's pear tree there is a tin of ours with sixty marbles in it.",
    ),
    (
        "Leopold repaired the tandem with a spoon on the road to Kilbride.",
        "On the Kilbride road it was a spoon that Leopold used to mend the tandem.",
    ),
    (
        "The chapel at Nether Poole rings twice when the herring boats come in.",
        "When herring boats arrive you hear two rings from the Nether Poole chapel.",
    ),
    (
        "Philippa won a turkey in a raffle at the Ashgrove bowling club.",
        "At Ashgrove's bowling club there was a raffle and Philippa got the turkey.",
    ),
    (
        "Great-aunt Isolde painted the number eight on every gate in Farrow Lane.",
        "Every gate along Farrow Lane has an eight on it, painted by my great-aunt Isolde.",
    ),
    (
        "The baker in Corrieshall gives his cat a birthday loaf in November.",
        "In November there is a birthday loaf for the cat of the Corrieshall baker.",
    ),
    (
        "I lent the brass telescope to Ambrose and he took it to Lisbon.",
        "Ambrose went to Lisbon with the brass telescope that I let him have.",
    ),
    (
        "Winifred grows eleven kinds of mint along the railway at Sedgeley.",
        "By the Sedgeley railway there are mints, eleven sorts, that Winifred grows.",
    ),
    (
        "Old Mr. Pemberton keeps the regatta flags in a drawer marked cheese.",
        "In a drawer that says cheese are the flags of the regatta, old Mr. Pemberton's.",
    ),
)
"""Sentence and paraphrase."""
