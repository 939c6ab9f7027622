mkdir -p tree/void && touch tree/f empty
