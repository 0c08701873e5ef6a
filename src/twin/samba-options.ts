/** Parameters of smb.conf that the twin takes for known, from its manual. Data only. */

const words = `
access based share enum|acl allow execute always|acl map full control|additional dns hostnames|admin users|aio read size
aio write size|allocation roundup size|available|bind interfaces only|block size|blocking locks|browsable|browse list
browseable|case sensitive|client ipc signing|client max protocol|client min protocol|client ntlmv2 auth|client signing
client use spnego|comment|copy|create mask|create mode|csc policy|cups options|deadtime|default|default case
default service|delete readonly|delete veto files|dfree cache time|dfree command|directory mask|directory mode
directory name cache size|disable netbios|disable spoolss|dns forwarder|dns proxy|domain logons|domain master|dont descend
dos charset|dos filemode|dos filetime resolution|dos filetimes|ea support|enable core files|encrypt passwords
enhanced browsing|fake oplocks|follow symlinks|force create mode|force directory mode|force group|force user|fstype
group|guest account|guest ok|guest only|hide dot files|hide files|hide special files|hide unreadable|hide unwriteable files
homedir map|hosts allow|hosts deny|idmap config * : backend|idmap config * : range|include|inherit acls|inherit owner
inherit permissions|interfaces|invalid users|keepalive|kernel oplocks|kernel share modes|kerberos method|level2 oplocks
lm announce|load printers|local master|lock directory|locking|log file|log level|logging|logon drive|logon home|logon path
logon script|mangled names|map archive|map hidden|map readonly|map system|map to guest|max connections|max log size
max open files|max protocol|max xmit|min protocol|min receivefile size|multicast dns register|name resolve order
netbios aliases|netbios name|nt acl support|ntlm auth|null passwords|obey pam restrictions|only user|oplocks|os level
pam password change|panic action|passdb backend|passwd chat|passwd program|path|directory|posix locking|postexec|preexec
preferred master|preserve case|printable|printcap name|printing|protocol|public|read list|read only|read raw|realm
restrict anonymous|root postexec|root preexec|security|server max protocol|server min protocol|server multi channel support
server role|server services|server signing|server smb encrypt|server string|shadow|short preserve case|smb encrypt|smb ports
smb2 leases|smb2 max credits|socket options|stat cache|state directory|store dos attributes|strict allocate|strict locking
strict sync|sync always|syslog|syslog only|template homedir|template shell|time server|timestamp logs|unix charset
unix extensions|unix password sync|use client driver|use sendfile|username map|usershare allow guests|usershare max shares
usershare owner only|usershare path|valid users|veto files|veto oplock files|vfs object|vfs objects|volume|wide links
winbind enum groups|winbind enum users|winbind use default domain|wins server|wins support|workgroup|writable|write list
write ok|write raw|writeable`;

const known = new Set(words.split(/[|\n]/).filter((word) => word !== ''));

/** Is it a parameter that Samba knows? Those with a colon belong to modules and are never looked at. */
export function knownSambaOption(name: string): boolean {
  return name.includes(':') || known.has(name);
}
