/** The scripts only call `millrace __complete`; complete.ts produces the answer. */

const BASH = `# Completion of millrace for bash. In ~/.bashrc: eval "$(millrace completion bash)"
_millrace() {
  local line path
  local current="\${COMP_WORDS[COMP_CWORD]}"
  if [[ "$current" == "=" ]]; then current=""; fi
  COMPREPLY=()
  compopt -o nosort 2>/dev/null
  while IFS= read -r line; do
    case "$line" in
      :files | :directories)
        compopt -o filenames 2>/dev/null
        local action=-f
        if [[ "$line" == ":directories" ]]; then action=-d; fi
        while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$action" -- "$current")
        ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(millrace __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _millrace millrace
`;

const ZSH = `#compdef millrace
# Completion of millrace for zsh. In ~/.zshrc: eval "$(millrace completion zsh)"
_millrace() {
  local line
  local -a candidates
  while IFS= read -r line; do
    case $line in
      :files) _files ;;
      :directories) _files -/ ;;
      *) candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done < <(millrace __complete -- "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
  if (( $#candidates )); then _describe -V 'millrace' candidates; fi
}
if [[ "\${funcstack[1]}" == "_millrace" ]]; then
  _millrace "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _millrace millrace
fi
`;

const FISH = `# Completion of millrace for fish. In ~/.config/fish/config.fish: millrace completion fish | source
function __millrace_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    for line in (millrace __complete -- $before[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':directories'
                __fish_complete_directories "$current" ''
            case '*'
                printf '%s\\n' $line
        end
    end
end
complete -c millrace -f -k -a '(__millrace_complete)'
`;

/** The script that adds completion to a shell. */
export const COMPLETION_SCRIPTS = Object.freeze({ bash: BASH, zsh: ZSH, fish: FISH });
