python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("bin/.wh.cat", ""), entry("home/.wh..wh..opq", ""), entry("etc/.wh.new", "text"), entry("etc/new", "n"))
end
