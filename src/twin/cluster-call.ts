/** A call as it would be on another node of the cluster: what it asks there, and what it does there. It knows no program. */

import { type Call, refuse } from './call.ts';
import { clusterOf } from './cluster-view.ts';
import type { Random } from './random.ts';
import type { TwinState } from './state.ts';

/** To be changed, too; refuses where that node is not reached any more. */
export function there(call: Call, node: string): Call {
  return withState(
    call,
    () => clusterOf(call.state)?.peer(node) ?? refuse('Connection closed by remote host'),
  );
}

/** Only to be asked; undefined where that node is not reached. */
export function lookThere(call: Call, node: string): Call | undefined {
  if (node === call.state.hardware.node) return call;
  const state = clusterOf(call.state)?.look(node);
  return state && withState(call, () => state);
}

function withState(call: Call, state: () => TwinState): Call {
  const { program, args, stdin, random } = call;
  return {
    ...{ program, args, stdin, random },
    get state() {
      return state();
    },
    now: () => call.now(),
    lock: () => true,
    out: (text) => call.out(text),
    err: (text) => call.err(text),
    exit: (code) => call.exit(code),
  };
}

/** A call whose words nobody hears, as of a service of the node. */
export function silentCall(state: () => TwinState, now: () => number, random: Random): Call {
  const silent = () => {};
  return {
    ...{ program: '', args: [], stdin: '', out: silent, err: silent, exit: silent, lock: () => true },
    get state() {
      return state();
    },
    ...{ now, random },
  };
}
