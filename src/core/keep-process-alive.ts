let holders = 0;
let handle: NodeJS.Timeout | undefined;

const LONGEST_INTERVAL_MS = 2_147_483_647;

/**
 * Keeps the process alive until the returned function is called: for somebody who waits while no socket is open, such as a
 * call in backoff or in a queue. Timers of the clock keep nothing alive.
 */
export function keepProcessAlive(): () => void {
  holders += 1;
  handle ??= setInterval(() => {}, LONGEST_INTERVAL_MS);
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    holders -= 1;
    if (holders > 0) return;
    clearInterval(handle);
    handle = undefined;
  };
}
