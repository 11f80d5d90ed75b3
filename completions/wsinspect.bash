# Completion of wsinspect for bash, printed by `wsinspect completion bash`.

_wsinspect_completion() {
    local program=wsinspect line
    [[ $1 == */* ]] && program=${1/#\~\//$HOME/}
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            plain,*) COMPREPLY+=("${line#*,}") ;;
            file,*) compopt -o default ;;
            dir,*) compopt -o dirnames ;;
        esac
    done <<< "$(
        env _WSINSPECT_COMPLETE=bash_complete COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_CWORD="$2" \
            COMP_TYPE="$COMP_TYPE" COLUMNS="${COLUMNS:-80}" "$program" 2>/dev/null </dev/null
    )"
}

# Without nosort, which came with bash 4.4, the items are sorted.
complete -o nosort -F _wsinspect_completion wsinspect 2>/dev/null || complete -F _wsinspect_completion wsinspect
