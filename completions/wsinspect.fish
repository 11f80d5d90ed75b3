# Completion of wsinspect for fish, printed by `wsinspect completion fish`.

function __wsinspect_completion
    set -l program (commandline -opc)[1]
    string match -q '*/*' -- $program; or set program wsinspect
    set program (string replace -r '^~/' "$HOME/" -- $program)
    set -lx _WSINSPECT_COMPLETE fish_complete
    set -lx COMP_WORDS (commandline -cp)
    for line in (command $program 2>/dev/null </dev/null)
        set -l item (string split -m 1 , -- $line)
        switch $item[1]
            case plain
                echo $item[2]
            case file
                __fish_complete_path $item[2]
            case dir
                __fish_complete_directories $item[2]
        end
    end
end

complete --command wsinspect --no-files --keep-order --arguments '(__wsinspect_completion)'
