// Waiting that ends with a signal.

import { ConsulError } from "./errors";

/** What is there, or comes before the signal; what comes later, good or bad, is nobody's any more. */
export function orAborted<T>(value: T | Promise<T>, signal: AbortSignal): T | Promise<T> {
  if (!(value instanceof Promise)) return value;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new ConsulError("unreachable", "stopped"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
