# For kakoune-lsp 18 or newer; source it in kakrc, after `eval %sh{kak-lsp}`.

hook global BufSetOption filetype=nix %{
    # In the place of what was there: the option may be set more than once. Other servers for Nix are further tables here.
    set-option buffer lsp_servers %{
        [mkwhy]
        command = "mkwhy"
        args = ["lsp"]
        root_globs = ["mkwhy.toml", "flake.nix"]
        settings_section = "mkwhy"
        [mkwhy.settings.mkwhy]
        evaluate = "save"
    }
}

hook global WinSetOption filetype=nix %{
    lsp-enable-window
    lsp-inlay-hints-enable window
    lsp-inlay-diagnostics-enable window
}
