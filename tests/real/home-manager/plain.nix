# No function; second definitions of what others set.
{
  nix.settings.max-jobs = 8;
  nix.settings.experimental-features = [ "flakes" ];
  programs.git.settings.pull.rebase = false;
  programs.git.settings.init.defaultBranch = "main";
  programs.git.ignores = [ "result" ];
  programs.bat.config.theme = "TwoDark";
  programs.firefox.profiles.default.settings."browser.aboutConfig.showWarning" = false;
  systemd.user.services.tidy.Service.Nice = 19;
  home.file.".local/bin/hello".text = "#!/bin/sh\necho hi\n";
  gtk.font.size = 12;
}
