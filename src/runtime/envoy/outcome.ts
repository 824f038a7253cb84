// The two promises of an Envoy handle, each settled once: became ready, came to its end.

export interface Outcome {
  readonly whenReady: Promise<void>;
  readonly whenDone: Promise<"stopped" | "failed">;
  ready(): void;
  stopped(): void;
  failed(error: Error): void;
}

/** A rejection of `whenReady` that nobody waits for is no unhandled rejection: `whenDone` tells the same. */
export function makeOutcome(): Outcome {
  let ready: () => void = () => {};
  let notReady: (error: Error) => void = () => {};
  let done: (end: "stopped" | "failed") => void = () => {};
  const whenReady = new Promise<void>((resolve, reject) => {
    ready = resolve;
    notReady = reject;
  });
  whenReady.catch(() => undefined);
  const whenDone = new Promise<"stopped" | "failed">((resolve) => {
    done = resolve;
  });
  return {
    whenReady,
    whenDone,
    ready,
    stopped() {
      notReady(new Error("Envoy was stopped before it was ready"));
      done("stopped");
    },
    failed(error) {
      notReady(error);
      done("failed");
    },
  };
}
