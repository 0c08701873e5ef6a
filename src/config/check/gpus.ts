/** Who uses which graphics card: containers share one, a VM has it alone. It knows no file. */
import type { Path } from '../path.ts';
import { type Check, type LooseGuest, type Reporter, title } from './subject.ts';

interface Use {
  readonly guest: LooseGuest;
  readonly path: Path;
}

/** A card that a VM is given whole is nobody else's, and one that vfio-pci takes is no container's. */
export const gpus: Check = ({ hypervisor, guests }, report) => {
  const users = new Map<number, Use[]>();
  for (const guest of guests) {
    for (const [index, gpu] of (guest.gpus ?? []).entries()) {
      const path = ['gpus', index];
      users.set(gpu, [...(users.get(gpu) ?? []), { guest, path }]);
    }
  }
  for (const [gpu, uses] of users) alone(gpu, uses, report);
  taken(hypervisor?.vfio?.ids ?? [], guests, report);
};

function alone(gpu: number, uses: readonly Use[], report: Reporter): void {
  const vm = uses.find(({ guest }) => guest.kind === 'vm');
  if (!vm) return;
  for (const { guest, path } of uses) {
    if (guest === vm.guest) continue;
    const place = report.where(vm.guest.id, vm.path);
    report.error(
      guest.id,
      path,
      `GPU ${gpu} of ${title(guest)} is given whole to ${title(vm.guest)} (${place})`,
      'a card is either shared by containers or one VM alone has it (F19): take it from one of them',
    );
  }
}

/** `vfio.ids` take every card of a kind from the node's driver. */
function taken(ids: readonly (string | undefined)[], guests: readonly LooseGuest[], report: Reporter): void {
  const index = ids.findIndex((id) => id?.toLowerCase().startsWith('10de:'));
  const user = guests.find((guest) => guest.kind === 'ct' && (guest.gpus ?? []).length > 0);
  if (index < 0 || !user) return;
  const vm = guests.find((guest) => guest.kind === 'vm' && (guest.gpus ?? []).length > 0);
  const message = `vfio takes every card ${ids[index]} from the node's driver, which ${title(user)} needs for its GPUs (${report.where(user.id, ['gpus'])})`;
  const path = ['vfio', 'ids', index];
  if (vm === undefined) {
    report.error(
      'hypervisor',
      path,
      message,
      'take the id out, or give the card to a VM and not to containers',
    );
  } else {
    const hint = `right only when the card of ${title(vm)} is of another kind than those of the containers`;
    report.warning('hypervisor', path, message, hint);
  }
}
