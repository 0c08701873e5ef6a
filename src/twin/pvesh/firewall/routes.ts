/** Every firewall path of cluster, node and guests; what does not change a file is answered here. */

import type { Call } from '../../call.ts';
import type { FirewallConf } from '../../firewall/conf.ts';
import { macroDescriptions } from '../../firewall/macros.ts';
import type { Given } from '../../options.ts';
import { columns, type DataRow, printRows } from '../../tables.ts';
import type { Route } from '../route.ts';
import { aliasRoutes } from './aliases.ts';
import { groupRoutes } from './groups.ts';
import { ipsetRoutes } from './ipsets.ts';
import { optionRoute } from './options.ts';
import { clusterPlace, guestPlaces, hostPlace, load, type Place } from './place.ts';
import { ruleRoutes } from './rules.ts';

function index({ path }: Place, ...names: readonly string[]): Route {
  const rows = names.map((name) => ({ name }));
  return { path, get: { run: (call, given) => printRows(call, given, columns('name'), rows) as undefined } };
}

function macros(call: Call, given: Given): undefined {
  const rows = [...macroDescriptions].map(([macro, descr]) => ({ macro, descr }));
  printRows(call, given, columns('descr', 'macro'), rows);
}

function refsOf(conf: FirewallConf, type: string | undefined): DataRow[] {
  const scope = conf.scope === 'cluster' ? 'dc' : 'guest';
  const row = (kind: string, name: string, ref: string, comment: string | undefined) =>
    type === undefined || type === kind
      ? [{ type: kind, name, ref, scope, ...(comment ? { comment } : {}) }]
      : [];
  return [
    ...[...conf.ipsets.keys()].flatMap((name) =>
      row('ipset', name, `+${name}`, conf.ipsetComments.get(name)),
    ),
    ...[...conf.aliases].flatMap(([name, { comment }]) => row('alias', name, name, comment)),
  ];
}

/** What a rule may name as source or destination. */
function refs(place: Place): Route {
  return {
    path: `${place.path}/refs`,
    get: {
      options: { type: { values: ['alias', 'ipset'] } },
      run: (call, given) => {
        const { conf, cluster } = load(call, place, given);
        const files = conf === cluster ? [cluster] : [cluster, conf];
        const rows = files.flatMap((file) => refsOf(file, given.values.get('type')));
        printRows(call, given, columns('name', 'ref', 'scope', 'type', 'comment'), rows);
        return undefined;
      },
    },
  };
}

/** Nothing is ever logged on the twin. */
function log({ path }: Place): Route {
  const number = { type: 'integer' as const, min: 0 };
  return {
    path: `${path}/log`,
    get: {
      options: { limit: number, since: number, start: number, until: number },
      run: (call, given) =>
        printRows(call, given, columns('n#', 't'), [{ n: 1, t: 'no content' }]) as undefined,
    },
  };
}

function rules(place: Place): Route[] {
  return ruleRoutes({
    ...{ path: `${place.path}/rules`, scope: place.scope, place, options: {} },
    find: (conf) => conf.rules,
  });
}

export const firewallRoutes: readonly Route[] = [
  index(clusterPlace, 'aliases', 'rules', 'options', 'groups', 'ipset', 'macros', 'refs'),
  ...[optionRoute(clusterPlace), ...rules(clusterPlace), ...groupRoutes],
  ...[...ipsetRoutes(clusterPlace), ...aliasRoutes(clusterPlace), refs(clusterPlace)],
  { path: `${clusterPlace.path}/macros`, get: { run: macros } },
  index(hostPlace, 'rules', 'options', 'log'),
  ...[optionRoute(hostPlace), ...rules(hostPlace), log(hostPlace)],
  ...guestPlaces.flatMap((place) => [
    index(place, 'rules', 'aliases', 'ipset', 'refs', 'options'),
    ...[optionRoute(place), ...rules(place), ...ipsetRoutes(place), ...aliasRoutes(place)],
    ...[refs(place), log(place)],
  ]),
];
