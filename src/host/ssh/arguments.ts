/** What the system's ssh is started with: no questions, no terminal, known hosts only, one connection for all. It starts nothing. */

/** How a node is reached. */
export interface SshTarget {
  /** As it is typed after `ssh`: `root@10.0.0.14`, or a name of ssh_config. */
  readonly ssh: string;
  /** An ssh_config in the place of the user's own; a path. */
  readonly config?: string;
}

/** Seconds: a silent connection is taken for dead after the interval times the count. */
const keepAlive = { interval: 5, count: 3, connect: 10 };

/**
 * What the user's ssh_config says holds for everything else: users, ports, keys, jump hosts. What is said here wins over it,
 * since ssh takes the first value that it meets.
 */
function common({ config }: SshTarget): string[] {
  const options = {
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    ConnectTimeout: keepAlive.connect,
    ServerAliveInterval: keepAlive.interval,
    ServerAliveCountMax: keepAlive.count,
    RequestTTY: 'no',
    RemoteCommand: 'none',
    EscapeChar: 'none',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    ClearAllForwardings: 'yes',
    PermitLocalCommand: 'no',
    LogLevel: 'ERROR',
  };
  return [
    ...(config === undefined ? [] : ['-F', config]),
    '-T',
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ];
}

/** Opens the connection that all commands share; it lives as long as the remote command does. */
export function masterArgs(target: SshTarget, socket: string, command: string): string[] {
  const own = ['ControlMaster=yes', `ControlPath=${socket}`, 'ControlPersist=no'];
  return [...common(target), ...optionsOf(own), '--', target.ssh, command];
}

/** A command over a connection that stands; without one it fails at once, and opens none of its own. */
export function sharedArgs(target: SshTarget, socket: string, command: string): string[] {
  const own = ['ControlMaster=no', `ControlPath=${socket}`, 'ProxyCommand=false'];
  return [...optionsOf(own), ...common(target), '--', target.ssh, command];
}

/** A connection of its own: what it proves is that a new one comes through. */
export function aloneArgs(target: SshTarget, command: string): string[] {
  return [
    ...common(target),
    ...optionsOf(['ControlMaster=no', 'ControlPath=none']),
    '--',
    target.ssh,
    command,
  ];
}

function optionsOf(options: readonly string[]): string[] {
  return options.flatMap((option) => ['-o', option]);
}
