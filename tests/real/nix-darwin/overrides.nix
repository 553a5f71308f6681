# A module that is no function, with `require` left out and everything in one attribute set of properties.
{
  nix.settings.trusted-users = [ "carol" ];
  nix.settings.cores = 6;
  nix.buildMachines = [
    {
      hostName = "builder";
      system = "aarch64-linux";
      maxJobs = 4;
      supportedFeatures = [ "kvm" ];
    }
  ];
  environment.shellAliases.ll = { _type = "override"; priority = 50; content = "ls -la"; };
  users.users.ada.description = "Ada";
  users.groups.build.gid = 600;
  users.groups.build.members = [ "ada" ];
}
