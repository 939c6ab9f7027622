mkdir -p p1/src p2/src/deep; echo 1 > p1/package.json; echo 2 > p2/package.json; echo 3 > p2/src/deep/package.json
