dockerfile=; . "$SHARED/git-project.sh"
