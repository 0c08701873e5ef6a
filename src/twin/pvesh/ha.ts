/** `/cluster/ha`: resources, rules and how they are, as `ha-manager` has them. From documentation. */

import { type Call, refuse } from '../call.ts';
import type { Spec } from '../formats.ts';
import { parseSid, resourcesFile, rulesFile } from '../ha/config.ts';
import { statusRows } from '../ha/status.ts';
import {
  addResource,
  addRule,
  hasRules,
  removeResource,
  removeRule,
  resourceOptions,
  ruleOptions,
  sectionRows,
  setResource,
  setRule,
} from '../ha/tool.ts';
import type { Given } from '../options.ts';
import { columns, printObject, printRows } from '../tables.ts';
import type { Endpoint, Options, Route } from './route.ts';

function doing(options: Options, act: (call: Call, values: Given['values']) => void): Endpoint {
  return { options, run: (call, { values }) => void act(call, values) };
}

/** Before 9.0 there is no such path. */
function since9(endpoint: Endpoint, verb: string): Endpoint {
  return {
    ...endpoint,
    run: (call, given) => {
      if (!hasRules(call.state)) refuse(`No '${verb}' handler defined for '/cluster/ha/rules'`, 1);
      return endpoint.run(call, given);
    },
  };
}

const change: Options = { delete: {}, digest: {} };
const rule: Spec = { required: true };

export const haRoutes: readonly Route[] = [
  {
    path: '/cluster/ha/resources',
    get: {
      options: { type: { values: ['ct', 'vm'] } },
      run: (call, given) => {
        const wanted = given.values.get('type');
        const rows = sectionRows(call.state, resourcesFile).filter(
          ({ type }) => wanted === undefined || type === wanted,
        );
        printRows(call, given, columns('sid'), rows);
        return undefined;
      },
    },
    create: doing({ ...resourceOptions, sid: rule, type: {} }, addResource),
  },
  {
    path: '/cluster/ha/resources/{sid}',
    get: {
      run: (call, given) => {
        const { sid } = parseSid(call.state, given.values.get('sid') ?? '');
        const found = sectionRows(call.state, resourcesFile).find((one) => one.sid === sid);
        if (!found) return refuse(`no such resource '${sid}'`);
        printObject(call, given, found);
        return undefined;
      },
    },
    set: doing({ ...resourceOptions, ...change }, setResource),
    delete: doing({ purge: { type: 'boolean' } }, removeResource),
  },
  {
    path: '/cluster/ha/rules',
    get: since9(
      {
        options: { resource: {}, type: {} },
        run: (call, given) =>
          void printRows(call, given, columns('rule', 'type'), sectionRows(call.state, rulesFile)),
      },
      'get',
    ),
    create: since9(doing({ ...ruleOptions, rule, type: rule }, addRule), 'create'),
  },
  {
    path: '/cluster/ha/rules/{rule}',
    set: since9(doing({ ...ruleOptions, ...change, type: {} }, setRule), 'set'),
    delete: since9(doing({}, removeRule), 'delete'),
  },
  {
    path: '/cluster/ha/status/current',
    get: {
      run: (call, given) =>
        void printRows(
          call,
          given,
          columns('id', 'node', 'status', 'type', 'crm_state', 'quorate#', 'request_state'),
          statusRows(call),
        ),
    },
  },
];
