dockerfile=; . "$SHARED/git-project.sh"
git tag -a -m annotated annotated
