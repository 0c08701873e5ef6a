/** What decides how a guest of either kind is cloned, and what stands in the way of a link. Pure; it knows no kind of guest. */

/** A type of storage that is not known counts as able: then Proxmox decides. */
export interface CloneWish {
  /** As the configuration says; undefined: what the source and its storage can do. */
  readonly full?: boolean | undefined;
  readonly source: {
    readonly template: boolean;
    /** It has a named snapshot. */
    readonly sealed: boolean;
    readonly state: 'running' | 'stopped';
    /** Of its root. */
    readonly storage: string;
    readonly storageType: string | undefined;
  };
  /** Where the clone's root is wanted. */
  readonly storage: string;
}

/** How a kind of guests clones one that runs. */
export interface CloneMode<Running extends string = string> {
  readonly linked: boolean;
  readonly through: 'template' | 'seal' | 'stopped' | Running;
}

/** Why it cannot be had, and what can be done instead. */
export interface CloneRefusal {
  readonly reason: string;
  readonly way: string;
}

/** What a storage can, and how a kind of guests calls what lies on it. */
export interface LinkAbilities {
  readonly link?: boolean | undefined;
  /** Why what is no template is not linked; undefined: it is. */
  readonly bare?: string | undefined;
  readonly what: string;
  readonly root: string;
}

export function isRefusal(mode: CloneMode | CloneRefusal): mode is CloneRefusal {
  return 'reason' in mode;
}

/** Through what it is made; `running` is the word for a source that runs and has neither seal nor base volumes. */
export function throughOf<Running extends string>(
  { template, sealed, state }: CloneWish['source'],
  running: Running,
): CloneMode<Running>['through'] {
  if (template) return 'template';
  if (sealed) return 'seal';
  return state === 'running' ? running : 'stopped';
}

/** Without a word of the configuration only templates are linked: who clones anything else expects a copy. */
export function linkedOrFull<Through extends string>(
  wish: CloneWish,
  through: Through,
  abilities: LinkAbilities,
): { readonly linked: boolean; readonly through: Through } | CloneRefusal {
  const obstacle = obstacleToLink(wish, abilities);
  if (wish.full === false) return obstacle ?? { linked: true, through };
  return { linked: wish.full === undefined && through === 'template' && obstacle === undefined, through };
}

function obstacleToLink(
  { source, storage }: CloneWish,
  { link, bare, what, root }: LinkAbilities,
): CloneRefusal | undefined {
  if (link === false) {
    return {
      reason: `its storage '${source.storage}' (${source.storageType}) cannot link ${what}`,
      way: 'leave out full: false, or give the source a storage that can',
    };
  }
  if (storage !== source.storage) {
    return {
      reason: `a linked clone stays on the storage of its source: '${source.storage}', not '${storage}'`,
      way: `leave out full: false, or take '${source.storage}' for its ${root}`,
    };
  }
  if (!source.template && bare !== undefined) {
    return {
      reason: `it is no template, and ${bare}`,
      way: 'leave out full: false, or say template: true for the source',
    };
  }
  return undefined;
}
