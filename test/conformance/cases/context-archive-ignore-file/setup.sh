python3 -B - <<'end'
from raw_tar import *
dockerfile = open("Dockerfile").read()
write("context.tar", entry("Dockerfile", dockerfile), entry(".dockerignore", "a\n"), entry("a", "a"), entry("b", "b"))
end
