{
  a = 1;
  foo.
  b = 2;
  bar = 
  c = 3;
  d
}
