before_last() {
  cd ../../..; git init --quiet --initial-branch=main --template= www/git/library.git
  cd www/git/library.git; echo lib > lib.txt; git add --all; git commit --quiet -m lib; cd ../project.git
  git -c protocol.file.allow=always submodule --quiet add ../library.git lib
  git config --file .gitmodules submodule.lib.url ../library.git
}
. "$SHARED/git-project.sh"
