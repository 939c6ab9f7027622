mkdir tree && cd tree
for mode in 000 400 444 600 640 755 777 1755 2755 4755 6711; do touch f$mode; chmod $mode f$mode; done
mkdir -m 1777 sticky; mkdir -m 2775 setgid; mkdir -m 500 readonly; mkdir -m 700 private
