/**
 * Questions to a running guest, or to the node: one small script for `sh -s` there, answered in one call however many questions
 * there are (a `pct exec` costs half a second). Builds and parses text; runs nothing.
 *
 * A question is one argument; an answer is one line `=<question><TAB><answer>`, the answer empty for "no":
 *   address            first global address, `10.0.0.150/24`        route   gateway of the default route
 *   dns                `yes` when a public name resolves             boot    the guest's boot id or start time
 *   package:<name>     installed version                             unit:<name>  `active`
 *   port:<n>           `open` when something listens on tcp n        file:<path>  `yes`
 *   layer:<name>       digest in /var/lib/phx/layers                 http:<url>   status code of a GET, such as `200`
 *   tcp:<host>:<port>  `open` when a connection comes about
 */

/** First line of the script; the twin knows it by this. */
export const guestProbeMark = '# phx-guest-probe 1';

/** Command inside the guest that asks the questions; the script goes to standard input. */
export function guestProbeArgv(questions: readonly string[]): string[] {
  return ['sh', '-s', '--', ...questions];
}

export const guestProbeScript = `${guestProbeMark}
have() { command -v "$1" >/dev/null 2>&1; }
listening() {
  if have ss; then ss -Hltn "sport = :$1" 2>/dev/null | grep -q .
  else hex=$(printf ':%04X 0*:0000 0A' "$1"); cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q "$hex"; fi
}
for q in "$@"; do
  a=
  case $q in
    address) a=$(ip -o addr show scope global 2>/dev/null | awk '{ print $4; exit }') ;;
    route) a=$(ip route show default 2>/dev/null | awk '{ print $3; exit }') ;;
    dns) getent hosts deb.debian.org >/dev/null 2>&1 && a=yes ;;
    boot) a=$(stat -c %Y /proc/1 2>/dev/null) ;;
    package:*) a=$(dpkg-query -W -f '\${Version}' "\${q#package:}" 2>/dev/null) ;;
    unit:*) systemctl is-active --quiet "\${q#unit:}" 2>/dev/null && a=active ;;
    port:*) listening "\${q#port:}" && a=open ;;
    file:*) [ -e "\${q#file:}" ] && a=yes ;;
    layer:*) a=$(awk -v name="\${q#layer:}" '$1 == name { print $2; exit }' /var/lib/phx/layers 2>/dev/null) ;;
    tcp:*)
      p=\${q#tcp:}
      timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "\${p%:*}" "\${p##*:}" 2>/dev/null && a=open ;;
    http:*)
      if have curl; then a=$(curl -ksS -o /dev/null -m 5 -w '%{http_code}' "\${q#http:}" 2>/dev/null)
      elif have wget; then wget -q -T 5 -O /dev/null "\${q#http:}" 2>/dev/null && a=200; fi
      [ "$a" = 000 ] && a= ;;
  esac
  printf '=%s\\t%s\\n' "$q" "$a"
done
`;

/** The answers by question; a question without an answer line is missing from the map. */
export function parseGuestProbe(stdout: string): Map<string, string> {
  const answers = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const tab = line.indexOf('\t');
    if (line.startsWith('=') && tab > 0) answers.set(line.slice(1, tab), line.slice(tab + 1));
  }
  return answers;
}
