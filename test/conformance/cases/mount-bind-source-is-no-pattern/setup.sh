mkdir "d[ab]*" da db && touch "d[ab]*/right" da/wrong db/wrong
