/** Each script runs `tsbuild __complete` with the typed words, and completes paths if the output requests it. */
export const completionScripts = {
  bash: String.raw`_tsbuild() {
  local line="${'$'}{COMP_LINE:0:COMP_POINT}" current head answer
  local -a words answers
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  current="${'$'}{words[${'$'}{#words[@]}-1]}"
  # bash counts what precedes the last "=" or ":" as a separate word
  head="${'$'}{current%"${'$'}{current##*[=:]}"}"
  mapfile -t answers < <(tsbuild __complete -- "${'$'}{words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  case "${'$'}{answers[0]}" in
    :file) mapfile -t COMPREPLY < <(compgen -f -- "${'$'}{current#"$head"}"); compopt -o filenames; return ;;
    :directory) mapfile -t COMPREPLY < <(compgen -d -- "${'$'}{current#"$head"}"); compopt -o filenames; return ;;
  esac
  for answer in "${'$'}{answers[@]}"; do
    answer="${'$'}{answer%%$'\t'*}"
    COMPREPLY+=("${'$'}{answer#"$head"}")
  done
}
complete -F _tsbuild tsbuild
`,
  zsh: String.raw`#compdef tsbuild
_tsbuild() {
  local -a answers described
  local answer
  answers=("${'$'}{(@f)$(tsbuild __complete -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)}")
  case "${'$'}{answers[1]}" in
    :file) _files; return ;;
    :directory) _files -/; return ;;
  esac
  for answer in "${'$'}{answers[@]}"; do
    [[ -n "$answer" ]] && described+=("${'$'}{${'$'}{answer%%$'\t'*}//:/\\:}:${'$'}{answer#*$'\t'}")
  done
  _describe 'tsbuild' described
}
compdef _tsbuild tsbuild
`,
  fish: String.raw`function __tsbuild_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l answers (tsbuild __complete -- $words[2..-1] 2>/dev/null)
  switch "$answers[1]"
    case ':file'
      __fish_complete_path (commandline -ct)
    case ':directory'
      __fish_complete_directories (commandline -ct)
    case '*'
      printf '%s\n' $answers
  end
end
complete -c tsbuild -f -a '(__tsbuild_complete)'
`,
} as const

export type Shell = keyof typeof completionScripts
