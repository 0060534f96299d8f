// @ts-check

/** Something that the person at the keyboard can put right: shown as its message alone, without a stack. */
export class SetupProblem extends Error {
  /** @override */
  name = 'SetupProblem';
}

/** Debian packages that are missing and that this process may not install. */
export class MissingPackages extends SetupProblem {
  /** @override */
  name = 'MissingPackages';

  /**
   * @param {string[]} packages
   * @param {string[]} purposes what they are for, each as a noun phrase
   */
  constructor(packages, purposes) {
    super(
      `Debian packages are missing (for ${purposes.join(', ')}). Install them with this command, then start again:\n` +
        `  sudo apt-get install --no-install-recommends ${packages.join(' ')}`,
    );
    this.packages = packages;
    this.purposes = purposes;
  }
}

/**
 * Does every piece of work, also after one has missed packages, so that one command names all of them.
 * @param {Array<() => Promise<unknown>>} pieces
 */
export async function gatheringMissingPackages(pieces) {
  /** @type {MissingPackages[]} */
  const missing = [];
  for (const piece of pieces) {
    try {
      await piece();
    } catch (error) {
      if (!(error instanceof MissingPackages)) throw error;
      missing.push(error);
    }
  }
  if (missing.length > 0) {
    const packages = [...new Set(missing.flatMap((each) => each.packages))];
    throw new MissingPackages(packages, [...new Set(missing.flatMap((each) => each.purposes))]);
  }
}
