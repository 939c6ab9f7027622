python3 -B - <<'end'
from raw_tar import *
dockerfile = open("Dockerfile").read()
write("context.tar", entry("Dockerfile", dockerfile), entry("../up", "u"), entry("/abs", "a"), entry("./d/../e", "e"))
end
