/** Backup jobs, as `/cluster/backup` takes them. It knows no guest. */
import { configId, guestId, pattern, singleLine, storageId, whole } from './scalar.ts';
import { z } from './z.ts';

const keep = z
  .strictObject({
    'keep-all': z.exactOptional(whole(0, 1)),
    'keep-last': z.exactOptional(whole(1)),
    'keep-hourly': z.exactOptional(whole(1)),
    'keep-daily': z.exactOptional(whole(1)),
    'keep-weekly': z.exactOptional(whole(1)),
    'keep-monthly': z.exactOptional(whole(1)),
    'keep-yearly': z.exactOptional(whole(1)),
  })
  .refine(
    (value) => value['keep-all'] !== 1 || Object.keys(value).length === 1,
    'keep-all: 1 stands alone: Proxmox keeps either all of them or so many',
  )
  .meta({ description: 'How many backups stay; without it, what the storage says.' });

export const backups = z
  .record(
    configId,
    z
      .strictObject({
        schedule: pattern(/^\S.*$/, "a calendar event such as 'sun 02:00'"),
        storage: storageId,
        guests: z.union([z.literal('all'), z.array(guestId).min(1)], "'all' or a list of ids"),
        exclude: z.exactOptional(z.array(guestId)),
        mode: z.enum(['snapshot', 'suspend', 'stop']).default('snapshot'),
        compress: z.enum(['zstd', 'gzip', 'lzo', '0']).default('zstd'),
        enabled: z.boolean().default(true),
        keep: z.exactOptional(keep),
        comment: z.exactOptional(singleLine),
      })
      .refine(
        (job) => job.exclude === undefined || job.guests === 'all',
        "exclude is for guests: 'all'; leave the others out of the list instead",
      ),
  )
  .meta({ description: 'Backup jobs of Proxmox VE by id.' });
