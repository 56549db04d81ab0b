/** What went wrong with a file, in words: what, where, and what to do. */
export const fileErrorText = (error: unknown, path: string): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const folder = path.slice(0, Math.max(path.lastIndexOf('/'), 1));
  switch (code) {
    case 'ENOSPC':
      return `There is no space left on the disk of ${folder}. Free some space, or export to another disk.`;
    case 'EDQUOT':
      return `Your disk quota for ${folder} is used up. Free some space, or export to another disk.`;
    case 'EACCES':
    case 'EPERM':
      return `You may not write in ${folder}. Choose a folder of your own, or ask its owner for permission.`;
    case 'EROFS':
      return `${folder} is on a read-only file system. Choose another folder.`;
    case 'ENOENT':
      return `The folder ${folder} does not exist. Create it, or choose another one.`;
    case 'ENOTDIR':
      return `${folder} is not a folder, because a part of it is a file. Choose another folder.`;
    case 'EISDIR':
      return `${path} is a folder. Choose a name for the file in it.`;
    case 'ENAMETOOLONG':
      return `The name ${path.slice(path.lastIndexOf('/') + 1, path.lastIndexOf('/') + 41)}… is too long for this file system. Choose a shorter one.`;
    case 'EFBIG':
      return `The file is larger than ${folder} allows. Export a shorter time range, or to another disk.`;
    case 'EIO':
      return `The disk of ${folder} reported an input/output error. Look at the kernel log (dmesg), or export to another disk.`;
    case 'ETXTBSY':
    case 'EBUSY':
      return `${path} is in use by the system. Choose another name.`;
    case 'EMFILE':
    case 'ENFILE':
      return 'Too many files are open. Close some programs and try again.';
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return `Writing ${path} failed: ${reason}. Try another folder.`;
    }
  }
};
