# What is under test.
{
  config,
  lib,
  ...
}:

let
  cfg = config.feature;
  defaults.copied = 4;
in
{
  config = lib.mkMerge [
    {
      # Nobody else says one.
      # Really nobody.
      svc.port = lib.mkForce 8080; # above the privileged ones

      svc.shel = "fish";
      svc.fixed = 2;

      svc = {
        inherit (defaults) copied;

        # Its older name.
        label = "a";
        jobs = 4;
        cores = lib.mkDefault 1;

        tags = [
          "x"
          "y" # the second one
          "x"
        ];
        users = lib.mkDefault [
          "root"
        ];
        ordered = lib.mkBefore [ "first" ];

        # mkwhy: allow shadowed-definition
        alone = 5;

        same = 5;
        twice = true;
        fight = 1;

        limits = lib.mkDefault {
          soft = 1;
          hard = 2;
        };

        motd = ''
          Welcome.

            Indented.
        '';
      };
    }

    # Only sometimes.
    (lib.mkIf (!cfg.enable) {
      svc.off = 1;
      # This too.
      svc.offToo = 2;
    })

    (lib.mkIf cfg.enable {
      svc.kept = lib.mkIf (cfg.jobs > 2) cfg.jobs;
      svc.many = lib.mkMerge [
        [ "a" ]
        (lib.mkAfter [ "b" ])
      ];
    })

    {
      svc.quarrel = lib.mkDefault 1;
    }
    {
      svc.quarrel = 2;
      svc.twice = true;
    }
  ];
}
