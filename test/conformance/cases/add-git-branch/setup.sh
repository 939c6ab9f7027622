. "$SHARED/git-project.sh"
