/** `pvesh`: reads the command line as for any other tool, finds the route of its path, and hands over (B159, pvesh-errors); to other nodes of a cluster as its source does. */

import { type Call, Refusal, refuse, type Work } from '../call.ts';
import { there } from '../cluster-call.ts';
import { clusterOf } from '../cluster-view.ts';
import { readOptions, usage, type Verb } from '../options.ts';
import { columns, printRows } from '../tables.ts';
import { type Found, findRoute, type Method, methods, optionsOf, parameters } from './route.ts';
import { routes as answered } from './routes.ts';
import { indexRoutes, listBelow } from './tree.ts';

const routes = [...answered, ...indexRoutes];

const lines = [
  ...['create', 'delete', 'get', 'ls', 'set'].map(
    (verb) => `pvesh ${verb} <api_path> [OPTIONS] [FORMAT_OPTIONS]`,
  ),
  'pvesh usage <api_path> [OPTIONS]',
  '',
  'pvesh help [<extra-args>] [OPTIONS]',
];
const help = `USAGE: pvesh <COMMAND> [ARGS] [OPTIONS]\n\n${lines.map((line) => (line ? `       ${line}\n` : '\n')).join('')}`;

const api: Verb = {
  args: { api_path: { required: true } },
  options: { noproxy: { type: 'boolean' } },
  prints: true,
};
const usageOf: Verb = {
  args: { api_path: { required: true } },
  options: {
    command: { values: ['delete', 'set', 'create', 'get'] },
    returns: { type: 'boolean' },
    verbose: { type: 'boolean' },
  },
};

export function pvesh(call: Call): Work | undefined {
  const [verb, ...args] = call.args;
  if (verb === undefined) return refuse(`ERROR: no command specified\n${help}`);
  if (verb === 'help') return void call.out(help);
  if (verb === 'usage') return showUsage(call, args);
  if (verb === 'ls') return list(call, args);
  if (!isMethod(verb)) return refuse(`ERROR: unknown command 'pvesh ${verb}'\n${help}`);
  const path = args[0];
  if (path === undefined) return void readOptions('pvesh', verb, api, args);
  const found = findRoute(routes, path);
  const endpoint = found?.route[verb];
  if (!found || !endpoint) return refuse(`No '${verb}' handler defined for '${path}'`, 1);
  const place = answering(call, found);
  const { highest } = endpoint;
  const options = optionsOf(endpoint, call.state.packages);
  const spec: Verb = {
    ...api,
    options: { ...api.options, ...pathOptions(found), ...options },
    ...(highest ? { highest } : {}),
  };
  const { values, rest } = readOptions('pvesh', verb, spec, [...args, ...pathWords(found)]);
  const known = new Set(['api_path', 'noproxy', ...(found.params.has('node') ? ['node'] : [])]);
  const own = [...values].filter(([name]) => !known.has(name));
  try {
    return endpoint.run(place, { values: new Map(own), rest });
  } catch (error) {
    // What `pveum` answers for, it answers with its own line of usage.
    if (!(error instanceof Refusal)) throw error;
    return refuse(error.message.replace(/^pveum [^\n:]*\n/m, usage('pvesh', verb, spec)), error.exit);
  }
}

function isMethod(verb: string): verb is Method {
  return (methods as readonly string[]).includes(verb);
}

/** What stands in the path is checked with the options, and by the same rules. */
function pathOptions({ params }: Found) {
  return Object.fromEntries([...params.keys()].map((name) => [name, parameters[name] ?? {}]));
}

function pathWords({ params }: Found): string[] {
  return [...params].flatMap(([name, value]) => [`--${name}=${value}`]);
}

/** A request for another node is handed on to it; one that stands alone does not know its name (pvesh-errors). */
function answering(call: Call, { params }: Found): Call {
  const node = params.get('node');
  if (node === undefined || node === call.state.hardware.node || node === 'localhost') return call;
  const member = clusterOf(call.state)?.members.find(({ name }) => name === node);
  const unknown = `failed to get address info for: ${node}: Temporary failure in name resolution`;
  if (!member) return refuse(`hostname lookup '${node}' failed - ${unknown}`, 11);
  if (!member.online)
    refuse(
      `ssh: connect to host ${member.address} port 22: No route to host\nproxy handler failed: exit code 255`,
    );
  return there(call, node);
}

function list(call: Call, args: readonly string[]): undefined {
  const { values } = readOptions('pvesh', 'ls', api, args);
  const path = values.get('api_path') ?? '';
  const found = findRoute(routes, path);
  const place = found ? answering(call, found) : call;
  const rows = listBelow(place, path).map(({ abilities, name }) => ({ capabilities: abilities, name }));
  const given = new Map(values);
  for (const name of ['noborder', 'noheader']) if (!given.has(name)) given.set(name, '1');
  // The names are in order, and the column of abilities is as wide as its name.
  printRows(call, { values: given, rest: [] }, columns('capabilities', 'name'), rows, 'name');
  return undefined;
}

function showUsage(call: Call, args: readonly string[]): undefined {
  const { values } = readOptions('pvesh', 'usage', usageOf, args);
  const path = values.get('api_path') ?? '';
  const found = findRoute(routes, path);
  const wanted = methods.filter((method) => method === (values.get('command') ?? method));
  const known = wanted.filter((method) => found?.route[method]);
  const command = values.get('command');
  if (known.length === 0)
    refuse(command === undefined ? `no such resource '${path}'` : `no '${command}' handler for '${path}'`, 1);
  for (const method of known) {
    const spec: Verb = { args: {}, options: optionsOf(found?.route[method], call.state.packages) };
    call.out(`USAGE: ${usage('pvesh', `${method} ${path}`, spec)}`);
  }
  return undefined;
}
