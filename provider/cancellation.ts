/** Time for a handler to end in order after a cancellation, so that what it has just made is still recorded. */
const graceMilliseconds = 2000;

/**
 * Gives what `work` gives. Soon after the signal aborts it rejects with its reason, even if `work` goes on: nobody waits long
 * after Ctrl-C.
 */
export function withinGrace<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const abandon = () => {
      timer = setTimeout(() => reject(signal.reason), graceMilliseconds);
    };
    if (signal.aborted) abandon();
    else signal.addEventListener("abort", abandon, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abandon);
    });
  });
}
