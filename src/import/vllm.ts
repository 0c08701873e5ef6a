/** What vLLM is told: four forms in the old files, of which later ones contradict earlier ones. It knows no other application. */

import type { Json } from '../core/json.ts';
import { isSecretKey, type Old } from './ledger.ts';
import { dropAll } from './node-storage.ts';
import type { Guest } from './work.ts';

const numbers = [
  'max_model_len',
  'gpu_memory_utilization',
  'tensor_parallel_size',
  'max_num_batched_tokens',
  'max_num_seqs',
  'port',
];
const flags = ['trust_remote_code', 'enforce_eager'];
const texts = ['model', 'quantization', 'dtype', 'kv_cache_dtype', 'host', 'served_model_name'];

interface Said {
  readonly key: string;
  readonly value: Json;
  readonly old: readonly Old[];
}

/** Carries what counts, and says of the rest what it is overruled by. */
export function vllm(guest: Guest, isVllm: boolean): void {
  const { old } = guest;
  const flat = [
    'model',
    'quantization',
    'max_model_len',
    'gpu_memory_utilization',
    'tensor_parallel_size',
    'served_model_name',
    'port',
    'trust_remote_code',
  ];
  const forms: readonly (readonly [name: string, said: readonly Said[]])[] = [
    ['vllm_engine_config', engine(old.at('vllm_engine_config'))],
    ['vllm_…', flat.flatMap((key) => one(key, old.at(`vllm_${key}`)))],
    ['vllm_args', args(old.at('vllm_args'))],
    ['vllm_parameters', members(old.at('vllm_parameters'))],
  ];
  old.at('vllm_model_type')?.drop('vLLM sees at the model what it is for');
  if (!isVllm) {
    for (const { old: from } of forms.flatMap(([, said]) => said))
      for (const leaf of from) leaf.drop('the guest has no application vllm');
    return;
  }
  const known = new Map<string, { readonly value: Json; readonly form: string }>();
  for (const [form, said] of forms) {
    const odd = said.filter(({ key, value }) => known.has(key) && !same(known.get(key)?.value, value));
    // The form that contradicts is the older one, which nothing read: it counts for nothing.
    if (form === 'vllm_parameters' && odd.length > 0) {
      const keys = odd.map(({ key }) => key).join(', ');
      for (const { old: from } of said)
        for (const leaf of from) leaf.drop(`this form contradicts the others (${keys}), and nothing read it`);
      continue;
    }
    for (const entry of said) {
      const other = known.get(entry.key);
      if (other === undefined) {
        known.set(entry.key, { value: entry.value, form });
        settle(guest, entry);
      } else
        for (const leaf of entry.old) {
          if (same(other.value, entry.value))
            leaf.carry(guest.draft.at(['app', 'params', entry.key]), `${other.form} says the same`);
          else leaf.drop(`${other.form} says ${JSON.stringify(other.value)}`);
        }
    }
  }
  for (const key of ['vllm_engine_config', 'vllm_args', 'vllm_parameters'])
    dropAll(old.at(key), 'it says nothing');
  if (!guest.draft.has(['app', 'params', 'model']))
    old.ledger.guess(
      guest.draft.set(['app', 'params', 'model'], 'Qwen/Qwen2.5-0.5B-Instruct'),
      'The old file names no model: this small one is a suggestion.',
    );
}

function settle({ draft }: Guest, { key, value, old }: Said): void {
  const place = ['app', 'params'];
  if (value === null || (value === false && !flags.includes(key))) {
    for (const leaf of old) leaf.drop('it says that the option is not given');
    return;
  }
  const typed = typeOf(key, value);
  if (typed !== undefined) {
    const target = draft.set([...place, key], typed);
    for (const leaf of old) {
      if (typed === leaf.value || old.length > 1 || typeof leaf.value !== 'string') leaf.carry(target);
      else leaf.repair(target, `it was written as ${JSON.stringify(leaf.value)}`);
    }
    return;
  }
  if (isSecretKey(key)) {
    for (const leaf of old)
      leaf.conceal('a secret has no place in arguments: the parameter token_file names a file of the guest');
    return;
  }
  const words = [
    `--${key.replaceAll('_', '-')}`,
    ...(value === true ? [] : [typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  ];
  const extra = [...((draft.get([...place, 'extra_args']) ?? []) as Json[]), ...words];
  const target = draft.set([...place, 'extra_args'], extra);
  for (const leaf of old) leaf.repair(target, 'an option of vLLM that the application passes on');
}

/** The value in the type of the parameter; undefined: it is none of ours, or has no such value. */
function typeOf(key: string, value: Json): Json | undefined {
  if (numbers.includes(key)) {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    const isShare = key === 'gpu_memory_utilization';
    if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) return undefined;
    return (isShare ? number <= 1 : Number.isInteger(number) && number >= 1) ? number : undefined;
  }
  if (flags.includes(key))
    return typeof value === 'boolean'
      ? value
      : /^(true|false)$/i.test(String(value))
        ? /^t/i.test(String(value))
        : undefined;
  return texts.includes(key) && typeof value !== 'object' ? String(value) : undefined;
}

function same(one: Json | undefined, other: Json): boolean {
  return (
    String(one) === String(other) || (Number(one) === Number(other) && one !== '' && typeof one !== 'boolean')
  );
}

/** `{ ModelConfig: { model: … }, … }`: the names of the sections say nothing. */
function engine(old: Old | undefined): Said[] {
  return (old?.each() ?? []).flatMap(([key, section]) =>
    section.each().length > 0 && !Array.isArray(section.value) ? members(section) : one(key, section),
  );
}

function members(old: Old | undefined): Said[] {
  return (old?.each() ?? []).flatMap(([key, value]) => one(key, value));
}

function one(key: string, old: Old | undefined): Said[] {
  return old === undefined ? [] : [{ key: key.replaceAll('-', '_'), value: old.value, old: old.leaves() }];
}

/** Whether the word after an option is none of its own: the option is one that stands alone. */
function isFlag(name: string, next: Old): boolean {
  return flags.includes(name.replaceAll('-', '_')) && !/^(true|false)$/i.test(String(next.value));
}

/** Words of a command line: an option, and its value where the next word is none. */
function args(old: Old | undefined): Said[] {
  const words = old?.isEmpty === false ? old.items() : [];
  const said: Said[] = [];
  for (let at = 0; at < words.length; at++) {
    const [word, next] = [words[at], words[at + 1]];
    const [, name, inline] = /^--([\w-]+)(?:=(.*))?$/.exec(String(word?.value)) ?? [];
    if (word === undefined) continue;
    if (name === undefined) word.drop('it is no option');
    else if (inline !== undefined) said.push({ key: name.replaceAll('-', '_'), value: inline, old: [word] });
    else if (next !== undefined && !String(next.value).startsWith('--') && !isFlag(name, next)) {
      said.push({ key: name.replaceAll('-', '_'), value: next.value, old: [word, next] });
      at++;
    } else said.push({ key: name.replaceAll('-', '_'), value: true, old: [word] });
  }
  return said;
}
