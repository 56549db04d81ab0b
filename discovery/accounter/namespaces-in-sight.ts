import type { SnapshotColumns } from '../../contract/index.js';

/**
 * Of which network namespaces a snapshot shows the sockets, by inode number. Without a helper a user
 * sees into those of the processes whose namespace the snapshot names; a socket of another one that
 * is not shown may be there as before.
 */
export const namespacesInSight = ({
  source,
  processes,
}: SnapshotColumns): ((networkNamespace: number) => boolean) => {
  if (source === 'iter') return () => true;
  const seen = new Set<number>(processes.networkNamespace);
  return (networkNamespace) => seen.has(networkNamespace);
};
