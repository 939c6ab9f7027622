python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("name", "a", prefix=b"p" * 60 + b"/" + b"q" * 60))
end
