name=private; . "$SHARED/git-project.sh"
