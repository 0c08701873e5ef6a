#!/usr/bin/perl
# Stands in the place of `env` on the node: hands its words and its input to the twin that its connection names, by way of the
# server whose socket lies beside this file, and does with the answer what the command would have done.
use strict;
use Socket;

my ($place) = $0 =~ m{^(.*)/};
socket(my $twin, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
connect($twin, sockaddr_un("$place/socket")) or die "the twin's server does not answer: $!";
binmode $_ for $twin, *STDIN, *STDOUT, *STDERR;
$| = 1;

sub give { my ($text) = @_; my $all = pack('N', length $text) . $text; while (length $all) { my $n = syswrite $twin, $all; defined $n or die "write: $!"; substr($all, 0, $n) = '' } }
sub take { my ($want) = @_; my $all = ''; while (length $all < $want) { my $n = sysread $twin, $all, $want - length $all, length $all; exit 143 unless $n } $all }

give(join "\n", map { $_ // '' } @ENV{"PHX_TWIN", "PHX_NODE", "PHX_PERSON"});
give(scalar @ARGV);
give($_) for @ARGV;
{ local $/; my $input = <STDIN>; give(defined $input ? $input : '') }

while (1) {
  my ($kind, $size) = unpack 'aN', take(5);
  my $text = take($size);
  if ($kind eq 'o') { syswrite STDOUT, $text }
  elsif ($kind eq 'e') { syswrite STDERR, $text }
  else { exit $text }
}
