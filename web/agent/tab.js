/** One agent, one tab: a Web Lock says which. Pages without Web Locks (insecure origins) are not guarded. */

/**
 * Try to become the working tab for `name`; resolves to true when it is. `take`: push another tab out.
 * `lost()` is told when another tab pushes this one out. The lock is kept until the page is closed or `release()`.
 */
export function holdTab(name, { take = false, lost }) {
  const { locks } = navigator;
  if (!locks) return Promise.resolve({ held: true, release: () => {} });
  return new Promise((resolve) => {
    locks
      .request(name, take ? { steal: true } : { ifAvailable: true }, (lock) => {
        if (!lock) {
          resolve({ held: false, release: () => {} });
          return undefined;
        }
        return new Promise((release) => resolve({ held: true, release }));
      })
      .catch(lost);
  });
}
