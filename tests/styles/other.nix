# What the modules under test meet.
{ lib, ... }:
{
  svc.copied = lib.mkForce 7;
  svc.cores = 2;
  svc.fight = 2;
  svc.jobs = lib.mkForce 2;
  svc.limits.soft = 3;
  svc.many = [ "z" ];
  svc.twice = true;
  svc.users = [ "me" ];
}
