import { z } from 'zod';
import { Settings } from '../../contract/index.js';

/** A criterion as version 1 wrote it. */
const CriterionV1 = z.looseObject({
  openPorts: z.string().nullable(),
  /** RE2, searched for anywhere in the path. */
  executable: z.string().nullable(),
});

/** What version 2 asks of nothing; written out, since later versions must not change what this step gives. */
const noSelectorsV2 = {
  openPorts: null,
  executable: null,
  args: null,
  languages: null,
  pids: null,
  containersOnly: false,
  containerName: null,
  user: null,
  unit: null,
  networkNamespace: null,
  everything: false,
};

/** Version 2: criteria with every selector, exclusions, and what an imported configuration said besides. */
const fromVersion1 = z
  .looseObject({ version: z.literal(1), criteria: z.array(CriterionV1) })
  .transform(({ criteria, ...rest }) => ({
    ...rest,
    version: 2,
    criteria: criteria.map(({ openPorts, executable, ...criterion }) => ({
      ...criterion,
      namespace: null,
      exclude: false,
      selectors: {
        ...noSelectorsV2,
        openPorts,
        executable: executable === null ? null : { syntax: 'regex', text: executable },
      },
      kept: {},
    })),
    countPortsAsBeyla: false,
    keptConfiguration: null,
  }));

/** Version 3: the size of the ring buffer, as every helper had it before. */
const fromVersion2 = z
  .looseObject({ version: z.literal(2) })
  .transform((settings) => ({ ...settings, version: 3, ringBytes: 8_388_608 }));

/** By the version they start from; each reads what that version wrote and gives what the next one writes. */
const migrations: readonly { readonly from: number; readonly step: z.ZodType }[] = [
  { from: 1, step: fromVersion1 },
  { from: 2, step: fromVersion2 },
];

const Versioned = z.looseObject({ version: z.int() });

/** A settings file of this version or of an older one, as settings of this version. */
export const SettingsFile = z
  .unknown()
  .transform((file, context) => {
    let current = file;
    for (const { from, step } of migrations) {
      if (Versioned.safeParse(current).data?.version !== from) continue;
      const migrated = step.safeParse(current);
      if (!migrated.success) {
        for (const { path, message } of migrated.error.issues) {
          context.issues.push({ code: 'custom', path: [...path], message, input: current });
        }
        return z.NEVER;
      }
      current = migrated.data;
    }
    return current;
  })
  .pipe(Settings);
