mkdir tree && cd tree
touch -- '-rf' 'back\slash' 'new
line' 'quote"s' "it's" '$dollar' '#hash' 'tab	tab' ' lead' 'trail ' '*' '?' '.wht' '..x'
