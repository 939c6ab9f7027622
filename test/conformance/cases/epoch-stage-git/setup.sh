before_last() { GIT_COMMITTER_DATE=2002-02-03T00:00:00Z; }
. "$SHARED/git-project.sh"
