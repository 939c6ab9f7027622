mkdir www
for name in 'a*b' 'axb' 'c[1]' 'c1' 'plain\name' 'both\*' 'both\x'; do printf '%s\n' "$name" > "www/$name"; done
