python3 -B - <<'end'
from raw_tar import *
dockerfile = open("Dockerfile").read()
write("context.tar", entry("Dockerfile", dockerfile), entry("f", "f"), entry("hard", type=b"1", link="f"), entry("soft", type=b"2", link="f"), entry("out", type=b"2", link="/etc/passwd"))
end
