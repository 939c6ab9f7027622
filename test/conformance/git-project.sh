# Sourced by setup.sh of the cases about git: creates the repository www/git/project.git, with the same commit IDs
# everywhere. `name` sets another name, an empty `dockerfile` omits the Dockerfile, and a function `before_last` adds to
# the last commit.
export GIT_AUTHOR_DATE=2001-02-03T00:00:00Z GIT_COMMITTER_DATE=2001-02-03T00:00:00Z GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=c GIT_AUTHOR_EMAIL=c@example.com GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@example.com
repository=www/git/${name:-project}.git
git init --quiet --initial-branch=main --template= $repository
[ -z "${dockerfile=Dockerfile}" ] || { mkdir $repository/sub; cp Dockerfile $repository/; cp Dockerfile $repository/sub/; }
cd $repository
echo one > a.txt; mkdir -p sub; echo deep > sub/deep.txt
echo run > run.sh; chmod 755 run.sh; ln -s a.txt link; chmod 600 a.txt; echo a.txt > .dockerignore
git add --all; git commit --quiet -m one; git tag first
git checkout --quiet -b side; echo side > side.txt; git add --all; git commit --quiet -m side
git checkout --quiet main; echo two > b.txt; git add --all
! declare -F before_last > /dev/null || before_last
git add --all; git commit --quiet -m two
