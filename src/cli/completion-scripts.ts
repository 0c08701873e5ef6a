/** What a shell loads to complete the words of phx: it asks `phx complete`, which answers a word and its meaning on each line. */

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** bash takes a colon for the end of a word: what stands before it is not put in once more. */
const bash = `# phx in bash: source <(phx completion bash), in ~/.bashrc
_phx() {
  local line=\${COMP_LINE:0:COMP_POINT} typed before candidate
  local -a words
  read -ra words <<<"$line"
  case $line in *[[:space:]]) words+=('') ;; esac
  typed=\${words[\${#words[@]} - 1]}
  before=\${typed%"\${typed##*[:=]}"}
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    case $candidate in
      :files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$typed") ;;
      :folders) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$typed") ;;
      *) COMPREPLY+=("\${candidate#"$before"}") ;;
    esac
  done < <("\${words[0]}" complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _phx phx
`;

const zsh = `#compdef phx
# phx in zsh: source <(phx completion zsh), in ~/.zshrc behind compinit
_phx() {
  local line
  local -a before values shown
  before=("\${(@Q)words[2,CURRENT-1]}")
  for line in "\${(@f)$("\${words[1]}" complete -- "\${before[@]}" "\${(Q)PREFIX}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files*) _files ;;
      :folders*) _files -/ ;;
      *) values+=("\${line%%$'\\t'*}"); shown+=("\${line/$'\\t'/  }") ;;
    esac
  done
  (( \${#values} )) && compadd -l -d shown -a values
}
if [ "\${funcstack[1]}" = _phx ]; then _phx "$@"; else compdef _phx phx; fi
`;

const fish = `# phx in fish: phx completion fish > ~/.config/fish/completions/phx.fish
function __phx_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    for line in ($words[1] complete -- $words[2..-1] "$typed" 2>/dev/null)
        switch $line
            case ':files*'
                __fish_complete_path "$typed"
            case ':folders*'
                __fish_complete_directories "$typed"
            case '*'
                printf '%s\\n' $line
        end
    end
end
complete -c phx -f -a '(__phx_complete)'
`;

export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
